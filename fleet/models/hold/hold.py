"""What holds an agent still: the fleet's stop or pause, or a stop or a pause of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, select, true

from fleet.db.prepared import Prepared
from fleet.db.record import Stored
from fleet.errors import Conflict
from fleet.models.agent.record import AGENTS
from fleet.models.hold.record import WITHHELD
from fleet.models.stop.record import STOPS

ACTIVE = select(STOPS).where(STOPS.c.active == true())
STOPPING = Prepared(select(STOPS.c.id).where(STOPS.c.active == true(), STOPS.c.kind == "stop"))
BEHIND = exists().where(WITHHELD.c.agent_id == AGENTS.c.id)
HOLD = Prepared(
    select(
        STOPS.c.id,
        STOPS.c.kind,
        STOPS.c.reason,
        STOPS.c.by_name,
        STOPS.c.at,
        AGENTS.c.paused_at,
        AGENTS.c.paused_by,
        AGENTS.c.pause_reason,
        AGENTS.c.stop_id.label("own_stop_id"),
        BEHIND.label("behind"),
    )
    .select_from(AGENTS.outerjoin(STOPS, STOPS.c.active == true()))
    .where(AGENTS.c.id == bindparam("agent_id"))
)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why an agent gets no claims and no commands. `stop_id` is None for a pause of its own.

    `own_stop_id` names the stop of this agent alone, also beneath one of the fleet.
    """

    code: str
    by: str | None
    since: datetime
    reason: str | None
    stop_id: str | None
    own_stop_id: str | None = None

    @property
    def stop_ids(self) -> tuple[str, ...]:
        """The stops whose commands reach the agent all the same."""
        ids = dict.fromkeys((self.stop_id, self.own_stop_id))
        return tuple(stop_id for stop_id in ids if stop_id is not None)

    def conflict(self) -> Conflict:
        """The refusal of a claim."""
        done = {
            "AGENT_PAUSED": "This agent is paused",
            "AGENT_STOPPED": "This agent is stopped",
            "FLEET_PAUSED": "The fleet is paused",
            "FLEET_STOPPED": "The fleet is stopped",
        }[self.code]
        sentence = f"{done}{f' by {self.by}' if self.by else ''}{f': {self.reason}' if self.reason else ''}"
        return Conflict(
            self.code,
            f"{sentence.rstrip('.')}. Nothing can be claimed until somebody resumes it.",
            since=self.since,
            by=self.by,
            reason=self.reason,
            stop_id=self.stop_id,
        )


def active(connection: Connection) -> Row[Any] | None:
    """The stop that holds the fleet at this moment, or None."""
    return connection.execute(ACTIVE).one_or_none()


def stopping(connection: Connection) -> bool:
    """True while the fleet is stopped: no lease is good any more, whether its row says so yet or not."""
    return STOPPING.first(connection) is not None


def of(connection: Connection, agent_id: str) -> Hold | None:
    """What holds the agent; None when nothing does, or when there is no such agent."""
    row = HOLD.first(connection, {"agent_id": agent_id})
    return None if row is None else read(row)


def read(row: Stored) -> Hold | None:
    """The hold in a row of HOLD."""
    if row.id is not None:
        code = "FLEET_STOPPED" if row.kind == "stop" else "FLEET_PAUSED"
        return Hold(code, row.by_name, row.at, row.reason, row.id, row.own_stop_id)
    if row.paused_at is not None:
        code, own = "AGENT_STOPPED" if row.own_stop_id else "AGENT_PAUSED", row.own_stop_id
        return Hold(code, row.paused_by, row.paused_at, row.pause_reason, own, own)
    return None


def withholds(connection: Connection, agent_id: str) -> bool:
    """True when a frame for this agent has to wait: it is held, or older ones still wait (contract I4)."""
    row = HOLD.first(connection, {"agent_id": agent_id})
    return row is not None and (row.behind or read(row) is not None)


def refuse(connection: Connection, agent_id: str) -> None:
    """Raise Conflict while something holds the agent."""
    hold = of(connection, agent_id)
    if hold is not None:
        raise hold.conflict()
