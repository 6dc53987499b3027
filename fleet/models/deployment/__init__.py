"""Deployments: begun, taken step by step, ended; and the key that a host has shown before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from fleet.db import Transaction
from fleet.errors import NotFound
from fleet.models.deployment.record import DEPLOYMENTS, STATES, STEPS, Deployment
from fleet.models.ids import new_id

SAID_MOST = 4000
LONGEST = timedelta(minutes=10)


def begin(tx: Transaction, host: str, port: int, ssh_user: str, label: str, started_by: str, host_key: str) -> Row[Any]:
    """Note that a machine is about to be made a host; `host_key` is the line of the key that is trusted."""
    values = {
        "id": new_id("dep"),
        "host": host,
        "port": port,
        "ssh_user": ssh_user,
        "label": label,
        "host_key": host_key,
        "state": "running",
        "step": STEPS[0],
        "said": "",
        "started_by": started_by,
        "started_at": tx.now,
    }
    return tx.execute(insert(DEPLOYMENTS).returning(DEPLOYMENTS), values).one()


def note(tx: Transaction, deployment_id: str, **values: Any) -> None:
    """Write how far it has come: any of the row's columns."""
    if "said" in values:
        values["said"] = values["said"][-SAID_MOST:]
    tx.execute(update(DEPLOYMENTS).where(DEPLOYMENTS.c.id == deployment_id).values(**values))


def end(tx: Transaction, deployment_id: str, state: str, **values: Any) -> None:
    """It has succeeded or failed."""
    note(tx, deployment_id, state=state, ended_at=tx.now, **values)


def give_up(tx: Transaction) -> int:
    """What has run for longer than any deployment does was cut by the server's end; returns how many those were."""
    cut = {"state": "failed", "said": "The server was started anew meanwhile.", "ended_at": tx.now}
    mine = (DEPLOYMENTS.c.state == "running", DEPLOYMENTS.c.started_at < tx.now - LONGEST)
    return tx.execute(update(DEPLOYMENTS).where(*mine).values(**cut)).rowcount


def find(connection: Connection, deployment_id: str) -> Row[Any]:
    """One of them. Raises NotFound."""
    row = connection.execute(select(DEPLOYMENTS).where(DEPLOYMENTS.c.id == deployment_id)).one_or_none()
    if row is None:
        raise NotFound("DEPLOYMENT_NOT_FOUND", "There is no such deployment.")
    return row


def pinned(connection: Connection, host: str, port: int) -> str | None:
    """The line of the key that this host showed when it was deployed to last; None before that."""
    mine = (DEPLOYMENTS.c.host == host, DEPLOYMENTS.c.port == port, DEPLOYMENTS.c.state == "succeeded")
    newest = select(DEPLOYMENTS.c.host_key).where(*mine).order_by(DEPLOYMENTS.c.started_at.desc()).limit(1)
    return connection.execute(newest).scalar_one_or_none()


__all__ = [
    "DEPLOYMENTS",
    "STATES",
    "STEPS",
    "Deployment",
    "begin",
    "end",
    "find",
    "give_up",
    "note",
    "pinned",
]
