"""Hosts in every state, and what each live partial of theirs gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, select, update

from fleet.db import Transaction
from fleet.models import execution, host
from fleet.models.agent.record import AGENTS
from fleet.web.hosts import pages
from fleet.web.hosts.listing import HostList
from fleet.web.hosts.live import counts
from fleet.web.hosts.shown import STATES, Work
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


def each_page(connection: Connection) -> Iterator[Context]:
    """Each host's own page, for each role."""
    for one, may in product(host.page(connection, None, 100), MAY):
        yield pages.detailed(connection, one.id) | {"may": may}


def each_work(connection: Connection) -> Iterator[Context]:
    """Each command, in every state that it can have, for each role."""
    hosts = host.page(connection, None, 100)
    rows = [(one, row) for one in hosts for row in execution.history(connection, one.id)]
    for (one, row), state, may in product(rows, STATES, MAY):
        ended = row.sent_at if state not in ("queued", "delivered", "running") else None
        for cancel_at in (None, row.sent_at):
            values = {**row._mapping, "state": state, "ended_at": ended, "cancel_at": cancel_at, "exit_code": 1}
            values |= {"reason": row.content, "left": [{"pid": 1, "name": row.content}], "ms": 12, "dropped": 9}
            values |= {"canceled_by": row.sent_by, "masked": 1, "params": PARAMS | {"command": row.content}}
            yield {"host": one, "work": Work(SimpleNamespace(**values)), "may": may}


def nothing(connection: Connection) -> Iterator[Context]:
    """What needs no subject."""
    del connection
    yield {}


PARAMS = {"timeout": 60, "cwd": "/srv", "env": {"CC": "********"}, "stdin": "********"}
SUBJECTS: dict[str, Callable[[Connection], Iterator[Context]]] = {
    "hosts/_row.html": each_host,
    "hosts/_header.html": each_page,
    "hosts/_gauges.html": each_page,
    "hosts/_gone.html": nothing,
    "hosts/_command_row.html": each_work,
    "hosts/_command_head.html": each_work,
    "hosts/_command_facts.html": each_work,
    "hosts/_facets.html": filters,
    "hosts/_total.html": filters,
}
