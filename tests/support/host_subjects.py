"""Hosts in every state, and what each live partial of theirs gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from sqlalchemy import Connection, select, update

from fleet.db import Transaction
from fleet.models import host
from fleet.models.agent.record import AGENTS
from fleet.web.hosts.listing import HostList
from fleet.web.hosts.live import counts
from fleet.web.security.policy import ROLES, May
from tests.support.hosts import METRICS, begin, make_host, order

Context = dict[str, Any]
MAY = [May.of(role) for role in ROLES]


def stage(tx: Transaction, text: str) -> None:
    """A host of every kind, all of whose texts are `text`."""
    machine = {"os": text, "daemon_version": text, "ip": text, "arch": text, "runs_as": text}
    busy = make_host(tx, text, tags=[text[:200], "b", "c", "d"], **machine)
    begin(tx, busy, order(tx, busy, text))
    order(tx, busy, text)
    make_host(tx, text, metrics=METRICS | {"disk_percent": 95.0})
    make_host(tx, text, connection="offline")
    make_host(tx, text, connection="unknown")
    paused = make_host(tx, text, metrics=None)
    values = {"paused_at": tx.now, "paused_by": text, "pause_reason": text, "version": 3}
    tx.execute(update(AGENTS).where(AGENTS.c.id == paused).values(**values))


def each_host(connection: Connection) -> Iterator[Context]:
    """Each host, for each role."""
    for one, may in product(host.page(connection, None, 100), MAY):
        yield {"host": one, "may": may}


def filters(connection: Connection) -> Iterator[Context]:
    """Each filter with its counts."""
    texts = [row.name for row in connection.execute(select(AGENTS.c.name).limit(1))]
    for text, state in product(["", *(f'"{text.replace(chr(34), "")[:300]}"' for text in texts)], ("", "offline")):
        yield counts(connection, HostList(q=text, state=state))


SUBJECTS: dict[str, Callable[[Connection], Iterator[Context]]] = {
    "hosts/_row.html": each_host,
    "hosts/_facets.html": filters,
    "hosts/_total.html": filters,
}
