"""Entries of the audit, made and looked for."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient

from fleet.db import write
from fleet.models.audit import Entry

PAGE = {"Accept": "text/html"}


def add(**values: Any) -> None:
    """One entry."""
    entry = Entry(**{"action": "agents.edit", "actor_kind": "token", "actor_id": "tok_1"} | values)
    write(lambda tx: tx.entries.append(entry))


def seqs(asked: FlaskClient, query: str = "") -> list[int]:
    """The numbers that a query finds, over all pages."""
    found, before = [], ""
    while True:
        answer = asked.get(f"/v1/audit?{query}{before}")
        assert answer.status_code == 200, answer.text
        found += [entry["seq"] for entry in answer.json["entries"]]  # type: ignore[index]
        if answer.json["before"] is None:  # type: ignore[index]
            return found
        before = f"&before={answer.json['before']}"  # type: ignore[index]


def report(**values: Any) -> None:
    """One entry of an agent that says how far it is."""
    add(
        **{"actor_kind": "agent", "actor_id": "agt_1", "subject_id": "agt_1", "fields": ("status", "progress")} | values
    )


def shown(asked: FlaskClient, query: str = "") -> list[int]:
    """The numbers that the page shows, over all of its pages."""
    found, address = [], f"/audit?{query}"
    while address:
        text = asked.get(address, headers=PAGE).text
        found += [int(seq) for seq in re.findall(r'id="entry-(\d+)"', text)]
        more = re.search(r'href="([^"]+)">Show older', text)
        address = unescape(more[1]) if more else ""
    return found
