"""A host reports by a plain call, without a link: who it is and how it is doing (document 3's `report`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, update

from fleet.db import Transaction
from fleet.db.record import Stored
from fleet.errors import Conflict
from fleet.models import agent
from fleet.models.host.connecting import find, redescribe
from fleet.models.host.record import HOSTS
from fleet.models.host.snapshots import heard, keep_snapshots


@dataclass(frozen=True, slots=True)
class Report:
    """What a script says of its machine; `address` is where the call came from."""

    hostname: str
    os: str | None
    address: str | None
    metrics: dict[str, Any]


def report(tx: Transaction, agent_id: str, said: Report, *, describes: bool) -> None:
    """Take a report in: a sign of life, and the metrics; unless a daemon `describes` the machine better, all of it.

    Raises NotFound, and Conflict for an agent that is no host.
    """
    record = agent.find(tx.connection, agent_id)
    if record.kind != "host":
        raise Conflict("NOT_A_HOST", "This key is a coding agent's; it says how it is by a heartbeat.")
    before = find(tx, agent_id)
    values: dict[str, Any] = {"snapshot": said.metrics, "snapshot_at": tx.now}
    if describes:
        values |= {"os": said.os} if said.os is not None else {}
        values |= {"ip": said.address} if before is None or before.ip is None else {}
    if before is None:
        tx.execute(insert(HOSTS), {"agent_id": agent_id, **values})
    else:
        tx.execute(update(HOSTS).where(HOSTS.c.agent_id == agent_id).values(**values))
    if describes:
        address = record.machine_address or said.address
        redescribe(tx, record, {"hostname": said.hostname, "machine_address": address})
    lives(tx, record)


def lives(tx: Transaction, record: Stored) -> None:
    """A sign of a host's life; only one that changes something visible raises its version."""
    if record.connection == "online":
        heard(tx, (record.id,))
    else:
        agent.seen(tx, record.id)


def go_on(tx: Transaction, agent_id: str, metrics: dict[str, Any]) -> None:
    """A host that was greeted goes on by reports: it lives, and these are its metrics. Raises NotFound."""
    lives(tx, agent.find(tx.connection, agent_id))
    keep_snapshots(tx, {agent_id: (tx.now, metrics)})
