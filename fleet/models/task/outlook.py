"""Looking, without writing, what a claim would meet; and of changed tasks, which can be claimed at all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, or_, select

from fleet.db.prepared import Prepared
from fleet.db.record import Stored
from fleet.models import hold
from fleet.models.task.claimable import ASKS, BEYOND, able, free_for, given_to
from fleet.models.task.listed import QUEUE
from fleet.models.task.record import TASKS

EXPIRED = Prepared(select(TASKS.c.id).where(TASKS.c.lease_expires_at <= bindparam("now")).limit(1))
FREE, FREE_FOR_ANY = select(free_for(BEYOND)), Prepared(select(free_for(ASKS)))
GIVEN, GIVEN_TO_ANY = select(given_to(BEYOND)), Prepared(select(given_to(ASKS)))
CLAIMABLE: Select[Any] = select(
    TASKS.c.id, TASKS.c.edition, TASKS.c.assigned_agent_id, TASKS.c.required_capabilities
).where(
    or_(TASKS.c.status == "pending", TASKS.c.status == "assigned"), ~TASKS.c.waits, TASKS.c.lease_expires_at.is_(None)
)
CLAIMABLE_ONE = Prepared(CLAIMABLE.where(TASKS.c.id == bindparam("task_id")))
Capabilities = frozenset[str]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a claim by an agent with these capabilities would meet: a hold, perhaps work, or nothing."""

    capabilities: Capabilities
    hold: hold.Hold | None
    work: bool


def outlook(
    connection: Connection, agent_id: str, now: datetime, nothing_for: Collection[Capabilities] = ()
) -> Outlook:
    """Look for this agent; `nothing_for` are capabilities of which is known that no free task suits them.

    Raises NotFound.
    """
    known, agents_hold = able(connection, agent_id)
    capabilities = frozenset(known)
    if agents_hold is not None:
        return Outlook(capabilities, agents_hold, work=False)
    work = (
        EXPIRED.first(connection, {"now": now}) is not None
        or given(connection, agent_id, capabilities)
        or (capabilities not in nothing_for and free(connection, capabilities))
    )
    return Outlook(capabilities, None, work)


def free(connection: Connection, capabilities: Capabilities) -> bool:
    """True when there is a free task for an agent with these capabilities."""
    if not capabilities:
        return FREE_FOR_ANY.first(connection) is not None
    return connection.execute(FREE, {"capabilities": [*capabilities]}).first() is not None


def given(connection: Connection, agent_id: str, capabilities: Capabilities) -> bool:
    """True when the agent was given a task that it can take."""
    if not capabilities:
        return GIVEN_TO_ANY.first(connection, {"agent_id": agent_id}) is not None
    return connection.execute(GIVEN, {"agent_id": agent_id, "capabilities": [*capabilities]}).first() is not None


def to_be_had(connection: Connection, task_ids: Sequence[str]) -> Sequence[Stored]:
    """Those of these tasks that can be claimed, in the order in which they are taken."""
    if len(task_ids) == 1:  # as a rule one is new, and whoever waits for the answer waits for this, too
        return CLAIMABLE_ONE.all(connection, {"task_id": task_ids[0]})
    return connection.execute(CLAIMABLE.where(TASKS.c.id.in_(task_ids)).order_by(*QUEUE)).all()
