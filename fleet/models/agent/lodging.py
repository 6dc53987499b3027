"""On which enrolled host a coding agent runs, as far as names and addresses tell: a hint for pages, never a right."""

from __future__ import annotations

from sqlalchemy import bindparam, select, update

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Stored
from fleet.models.agent.record import AGENTS

_PLACE = (AGENTS.c.hostname == bindparam("hostname"), AGENTS.c.machine_address == bindparam("machine_address"))
# Two are as good as many: it must be exactly one.
HOSTS_THERE = Prepared(select(AGENTS.c.id).where(AGENTS.c.kind == "host", *_PLACE).limit(2))


def host_at(tx: Transaction, hostname: str | None, machine_address: str | None) -> str | None:
    """The one enrolled host that has this name and this address; None where there is none, or more than one."""
    if hostname is None or machine_address is None:
        return None
    found = HOSTS_THERE.all(tx.connection, {"hostname": hostname, "machine_address": machine_address})
    return str(found[0].id) if len(found) == 1 else None


def settle(tx: Transaction, place: Stored) -> None:
    """A host has come to this place, or has left it: those who work there are told apart anew."""
    if place.hostname is None or place.machine_address is None:
        return
    host_id = host_at(tx, place.hostname, place.machine_address)
    there = (AGENTS.c.hostname == place.hostname, AGENTS.c.machine_address == place.machine_address)
    others = (AGENTS.c.kind == "coding", AGENTS.c.host_id.is_distinct_from(host_id))
    tx.execute(update(AGENTS).where(*there, *others).values(host_id=host_id, version=AGENTS.c.version + 1))
