"""A daemon says hello: who it is, what its machine is, and whether its disk is a copy of another one's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Stored
from fleet.models import agent, event
from fleet.models.agent import lodging
from fleet.models.agent.record import AGENTS
from fleet.models.host.record import HOSTS
from fleet.models.ids import new_id
from fleet.models.journal import frames

BY_AGENT = Prepared(select(HOSTS).where(HOSTS.c.agent_id == bindparam("agent_id")))
DESCRIBED = ("ip", "os", "arch", "python", "runs_as", "daemon_version", "daemon_sha256", "boot_id", "clock_skew")


@dataclass(frozen=True, slots=True)
class Hello:
    """What a daemon says of itself and its machine; `session` is the last that it was given, None at first."""

    hostname: str
    session: str | None
    described: dict[str, Any]
    capabilities: list[str]


def of_agent(connection: Connection, agent_id: str) -> Stored | None:
    """What is known of a host's machine; None before anything was told of it."""
    return BY_AGENT.first(connection, {"agent_id": agent_id})


def find(tx: Transaction, agent_id: str) -> Stored | None:
    """The same within a write."""
    return of_agent(tx.connection, agent_id)


def clones(before: Stored | None, hello: Hello) -> bool:
    """True for a disk that others have gone on from: it shows neither the last session nor the one before.

    The one before is good too: a daemon may have lost its power between the
    welcome and its own note of it.
    """
    if before is None or before.session is None:
        return False
    return hello.session not in (before.session, before.session_before)


def greet(tx: Transaction, agent_id: str, hello: Hello) -> str | None:
    """Take in what a daemon says; returns its new session, or None for a copied disk, which is noted and refused.

    Raises NotFound when there is no such agent.
    """
    record = agent.find(tx.connection, agent_id)
    before = find(tx, agent_id)
    if clones(before, hello):
        event.post(
            tx,
            agent_id,
            "warning",
            f"Another machine uses the key of this host: {hello.hostname}. Its disk is a copy; it has to enrol anew.",
            {"hostname": hello.hostname, "ip": hello.described.get("ip")},
        )
        return None
    session = new_id("ses")
    note(tx, agent_id, before, hello, session)
    rename(tx, record, hello)
    agent.seen(tx, agent_id)
    return session


def note(tx: Transaction, agent_id: str, before: Stored | None, hello: Hello, session: str) -> None:
    """Write down the machine and the session that is given now."""
    values = {name: hello.described.get(name) for name in DESCRIBED} | {"session": session}
    if before is None:
        tx.execute(insert(HOSTS), {"agent_id": agent_id, **values})
        return
    values["session_before"] = hello.session
    tx.execute(update(HOSTS).where(HOSTS.c.agent_id == agent_id).values(**values))


def rename(tx: Transaction, record: Stored, hello: Hello) -> None:
    """A new hostname changes the record, never the id; the name too, unless a person gave it."""
    place = {"hostname": hello.hostname, "machine_address": hello.described.get("ip")}
    if not redescribe(tx, record, place | {"capabilities": hello.capabilities}):
        lodging.settle(tx, record)


def redescribe(tx: Transaction, record: Stored, new: dict[str, Any]) -> bool:
    """Write what is new of a host's hostname, address and capabilities, and announce it; False for nothing new."""
    if record.name_is_derived:
        new = new | {"name": new["hostname"]}
    changed = {name: value for name, value in new.items() if getattr(record, name) != value}
    if not changed:
        return False
    values = changed | {"version": record.version + 1, "updated_at": tx.now}
    row = tx.execute(update(AGENTS).where(AGENTS.c.id == record.id).values(**values).returning(AGENTS)).one()
    frames.agent_updated(tx, row)
    lodging.settle(tx, record)
    lodging.settle(tx, row)
    return True


def forget_sessions(connection: Connection) -> int:
    """Let any session be good once more: an older state of the database was restored, hosts have gone on meanwhile."""
    return connection.execute(update(HOSTS).values(session=None, session_before=None)).rowcount
