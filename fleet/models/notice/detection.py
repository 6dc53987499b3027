"""From the journal to notices: who changed, what there is to tell of them, what is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, true, update

from fleet.db import Transaction
from fleet.models import journal
from fleet.models.agent.record import AGENTS
from fleet.models.ids import new_id
from fleet.models.notice import returns
from fleet.models.notice.causes import COLUMNS, CONCERNING, Cause, standing
from fleet.models.notice.recipients import address
from fleet.models.notice.record import CURSOR, KINDS, NOTICES

# The changes that can begin or end a cause; figures and progress are by far more and are none.
TELLING = frozenset({"agent_status_changed", "agent_question_posted", "agent_updated", "agent_deleted"})
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the journal: whom it concerns (None: perhaps anybody), and where it ends."""

    agents: frozenset[str] | None
    end: journal.Position
    rows: int = 0

    @property
    def full(self) -> bool:
        """Whether there may be more after it."""
        return self.rows == BATCH


@dataclass(frozen=True, slots=True)
class Difference:
    """Causes without a notice, in the order in which they came, and notices without a cause."""

    new: list[Cause]
    over: list[str]

    def __bool__(self) -> bool:
        return bool(self.new or self.over)


def cursor(connection: Connection) -> journal.Position:
    """How far the journal was read."""
    row = connection.execute(select(CURSOR)).one()
    return journal.Position(row.epoch, row.seq)


def after(connection: Connection, position: journal.Position) -> Stretch:
    """What the journal holds after `position`: all agents are looked at when it cannot tell any more."""
    rows = connection.execute(
        select(journal.CHANGES.c.seq, journal.CHANGES.c.kind, journal.CHANGES.c.agent_id)
        .where(journal.CHANGES.c.seq > position.seq)
        .order_by(journal.CHANGES.c.seq)
        .limit(BATCH)
    ).all()
    # Looked at last: what is pruned in between must not be passed over silently.
    journal_row = journal.state(connection)
    if position.epoch != journal_row.epoch or position.seq < journal_row.floor:
        return Stretch(None, journal.Position(journal_row.epoch, journal_row.head))
    agents = frozenset(row.agent_id for row in rows if row.kind in TELLING and row.agent_id)
    seq = rows[-1].seq if rows else position.seq
    return Stretch(agents, journal.Position(position.epoch, seq), len(rows))


def difference(connection: Connection, agents: frozenset[str] | None) -> Difference:
    """What has to be noted about these agents (None: about all); reads only."""
    if agents is not None and not agents:
        return Difference([], [])
    concerned = CONCERNING if agents is None else AGENTS.c.id.in_(agents)
    mine: ColumnElement[bool] = true() if agents is None else NOTICES.c.agent_id.in_(agents)
    causes = {
        (cause.agent_id, cause.kind, cause.key): cause
        for agent in connection.execute(select(*COLUMNS).where(concerned))
        for cause in standing(agent)
    }
    c = NOTICES.c
    open_ones = (c.agent_id.is_not(None), c.kind.in_(KINDS), c.resolved_at.is_(None), mine)
    noted = {
        (row.agent_id, row.kind, row.cause): row.id
        for row in connection.execute(select(c.id, c.agent_id, c.kind, c.cause).where(*open_ones))
    }
    new = sorted(
        (cause for key, cause in causes.items() if key not in noted), key=lambda cause: (cause.at, cause.agent_name)
    )
    return Difference(new, [notice_id for key, notice_id in noted.items() if key not in causes])


def note(tx: Transaction, stretch: Stretch) -> int:
    """Write down what a stretch of the journal tells, and that it was read; returns how much changed."""
    causes = difference(tx.connection, stretch.agents)
    if causes.over:
        tx.execute(update(NOTICES).where(NOTICES.c.id.in_(causes.over)).values(resolved_at=tx.now))
        returns.tell(tx, causes.over)
    before = known(tx, causes.new)
    new = [cause for cause in causes.new if (cause.agent_id, cause.kind, cause.key) not in before]
    if new:
        returns.forget(tx, [cause.agent_id for cause in new if cause.kind == "silence"])
        address(tx, insert_all(tx, new))
    tx.execute(update(CURSOR).values(epoch=stretch.end.epoch, seq=stretch.end.seq))
    return len(new) + len(causes.over)


def known(tx: Transaction, causes: Sequence[Cause]) -> set[tuple[str, str, str]]:
    """Which of these very causes were noted before, whatever was thought of them since."""
    c = NOTICES.c
    same = (
        c.agent_id.in_({cause.agent_id for cause in causes}),
        c.cause.in_({cause.key for cause in causes}),
    )
    return {(row.agent_id, row.kind, row.cause) for row in tx.execute(select(c.agent_id, c.kind, c.cause).where(*same))}


def insert_all(tx: Transaction, causes: Sequence[Cause]) -> Sequence[Row[Any]]:
    """The notices of new causes."""
    values = [
        {
            "id": new_id("ntc"),
            "kind": cause.kind,
            "agent_id": cause.agent_id,
            "agent_name": cause.agent_name,
            "cause": cause.key,
            "title": cause.title,
            "text": cause.text,
            "path": f"/agents/{cause.agent_id}",
            "at": cause.at,
            "resolved_at": None,
        }
        for cause in causes
    ]
    return tx.execute(insert(NOTICES).returning(NOTICES), values).all()
