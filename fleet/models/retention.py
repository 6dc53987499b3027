"""How long things are kept that would otherwise grow for good.

Each rule deletes a small chunk and says how far it looked, so that a loop can
go on at once or rest (contract.md, last paragraph). What belongs to a task, its
claims and their late answers, goes with the task and not before. Nothing is
announced: old lines leave no page that shows them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, true, update

from fleet.db import Transaction
from fleet.models.command import BULK_COMMANDS, COMMANDS
from fleet.models.event.record import EVENTS
from fleet.models.execution.record import EXECUTIONS, OUTPUTS
from fleet.models.stop.record import STOPS
from fleet.models.token import TOKENS

# In one write, in which nobody is served: so many lines of activity take 6 ms.
CHUNK = 200


class Walk:
    """Walks a table from its oldest row on, as far as rows are old, and deletes those that are over.

    `made` must rise with `seq`. A walk remembers where it stands, so that old
    rows that stay are not looked at again in every chunk.
    """

    def __init__(self, rows: Any, made: Any, over: Callable[[datetime], ColumnElement[bool]]) -> None:
        self._rows = rows
        self._made = made
        self._over = over
        self._after = 0

    def __call__(self, tx: Transaction, keep: timedelta) -> int:
        """Look at one chunk; returns CHUNK while there may be more that is old, else less."""
        rows, limit = self._rows, tx.now - keep
        chunk = tx.execute(
            select(rows.c.seq, self._made.label("made"))
            .where(rows.c.seq > self._after)
            .order_by(rows.c.seq)
            .limit(CHUNK)
        ).all()
        old = [row.seq for row in chunk if row.made < limit]
        if old:
            span = rows.c.seq.between(old[0], old[-1])
            tx.execute(delete(rows).where(span, self._made < limit, self._over(limit)))
        self._after = old[-1] if len(old) == CHUNK else 0
        return len(old)


def events() -> Walk:
    """Lines of activity."""
    return Walk(EVENTS, EVENTS.c.timestamp, lambda _limit: true())


def commands() -> Walk:
    """Commands that have ended: answered, or expired, long enough ago. One that has not ended stays."""

    def ended(limit: datetime) -> ColumnElement[bool]:
        answered = or_(COMMANDS.c.responded_at.is_(None), COMMANDS.c.responded_at < limit)
        expired = or_(COMMANDS.c.outcome != "expired", COMMANDS.c.expires_at < limit)
        return and_(COMMANDS.c.status == "completed", answered, func.coalesce(expired, true()))

    return Walk(COMMANDS, COMMANDS.c.sent_at, ended)


def outputs(tx: Transaction, keep: timedelta, most: int) -> int:
    """Drop the output of one host command that ended long enough ago, or of the first one while all take more than `most`.

    The command stays, and says how much there was.
    """
    over = select(EXECUTIONS.c.command_seq).where(EXECUTIONS.c.ended_at.is_not(None), EXECUTIONS.c.kept > 0)
    first = over.order_by(EXECUTIONS.c.ended_at).limit(1)
    gone = tx.execute(first.where(EXECUTIONS.c.ended_at < tx.now - keep)).scalar()
    if gone is None and bytes_of_output(tx) > most:
        gone = tx.execute(first).scalar()
    if gone is None:
        return 0
    tx.execute(delete(OUTPUTS).where(OUTPUTS.c.command_seq == gone))
    tx.execute(update(EXECUTIONS).where(EXECUTIONS.c.command_seq == gone).values(kept=0))
    return 1


def bytes_of_output(tx: Transaction) -> int:
    """About how much all output takes."""
    return int(tx.execute(select(func.coalesce(func.sum(EXECUTIONS.c.kept), 0))).scalar_one())


def stops(tx: Transaction, keep: timedelta) -> int:
    """Forget one stop that was resumed long enough ago, with its report; the one in force stays."""
    over = select(STOPS.c.id).where(STOPS.c.resumed_at < tx.now - keep).limit(1)
    return tx.execute(delete(STOPS).where(STOPS.c.id.in_(over))).rowcount


def bulk_commands(tx: Transaction, keep: timedelta) -> int:
    """Forget what was told to many at once, long enough ago and when none of its commands is left."""
    left = select(COMMANDS.c.bulk_id).where(COMMANDS.c.bulk_id == BULK_COMMANDS.c.id).exists()
    over = select(BULK_COMMANDS.c.id).where(BULK_COMMANDS.c.sent_at < tx.now - keep, ~left).limit(CHUNK)
    return tx.execute(delete(BULK_COMMANDS).where(BULK_COMMANDS.c.id.in_(over))).rowcount


def tokens(tx: Transaction, keep: timedelta) -> int:
    """Forget tokens that were revoked or have expired; until then the list shows what became of them."""
    over = or_(TOKENS.c.expires_at < tx.now - keep, TOKENS.c.revoked_at < tx.now - keep)
    some = select(TOKENS.c.id).where(TOKENS.c.kind == "token", over).limit(CHUNK)
    return tx.execute(delete(TOKENS).where(TOKENS.c.id.in_(some))).rowcount
