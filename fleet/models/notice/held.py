"""What was held over quiet hours: at their end one message with what still stands; and what no browser fetched."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from fleet.db import Transaction
from fleet.models.notice import quiet_hours
from fleet.models.notice.queue import DUE, FETCHED_WITHIN, TOGETHER_MOST, join, settle, skip_pointless
from fleet.models.notice.recipients import announce
from fleet.models.notice.record import CHANNELS, DELIVERIES, NOTICES

_d = DELIVERIES.c
LIMIT = 500


def release(tx: Transaction) -> int:
    """Let go what was held until now: one message for each channel, without what is over by now."""
    rows = tx.execute(DUE.where(_d.state == "held", _d.next_at <= tx.now).order_by(_d.seq).limit(LIMIT)).all()
    by_channel: dict[str, list[Row[Any]]] = {}
    for row in skip_pointless(tx, rows):
        longer = still_quiet(tx, row)
        if longer is None:
            by_channel.setdefault(row.channel_id, []).append(row)
        else:
            tx.execute(update(DELIVERIES).where(_d.seq == row.seq).values(next_at=longer))
    for due in by_channel.values():
        for start in range(0, len(due), TOGETHER_MOST):
            join(tx, due[start : start + TOGETHER_MOST])
        some = _d.seq.in_([row.seq for row in due])
        tx.execute(update(DELIVERIES).where(some).values(state="waiting", next_at=tx.now))
    if rows:
        announce(tx)
    return len(rows)


def still_quiet(tx: Transaction, row: Row[Any]) -> datetime | None:
    """Until when a delivery is held, by the quiet hours as they are set now; None when it may go."""
    hours = quiet_hours.of(tx.connection, row.person_id)
    if hours is None or (row.about == "question" and hours.questions_pass):
        return None
    return quiet_hours.until(hours, tx.now)


def pick_up(tx: Transaction, person_id: str, channel_id: str) -> list[Row[Any]]:
    """Hand a browser what is due for it; it shows that, so nobody is handed it again."""
    mine = (_d.channel_id == channel_id, _d.person_id == person_id, _d.state == "waiting")
    alive = skip_pointless(tx, tx.execute(DUE.where(*mine, _d.next_at <= tx.now).order_by(_d.seq)).all())
    if not alive:
        return []
    some = _d.seq.in_([row.seq for row in alive])
    tx.execute(update(DELIVERIES).where(some).values(attempts=1))
    settle(tx, some, state="sent")
    seen = {"last_ok_at": tx.now, "last_error": None, "failures": 0}
    tx.execute(update(CHANNELS).where(CHANNELS.c.id == channel_id).values(seen))
    announce(tx)
    return list(
        tx.execute(
            select(NOTICES, _d.message_id).join(DELIVERIES, _d.notice_id == NOTICES.c.id).where(some).order_by(_d.seq)
        ).all()
    )


def forget_unseen(tx: Transaction) -> int:
    """Skip what no open page has fetched in time."""
    rows = tx.execute(
        select(_d.seq)
        .join(CHANNELS, CHANNELS.c.id == _d.channel_id)
        .where(_d.state == "waiting", CHANNELS.c.kind == "browser", _d.next_at < tx.now - FETCHED_WITHIN)
        .limit(LIMIT)
    ).all()
    if rows:
        seqs = [row.seq for row in rows]
        settle(tx, _d.seq.in_(seqs), state="skipped", error="No page was open in this browser.")
        announce(tx)
    return len(rows)
