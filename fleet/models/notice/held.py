"""What was held, over quiet hours or an outage: at the end one message with what still stands; and what no browser fetched."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, and_, exists, false, not_, select, update

from fleet.db import Transaction
from fleet.models.notice import quiet_hours
from fleet.models.notice.endings import settle, skip_pointless
from fleet.models.notice.queue import FETCHED_WITHIN, Which, join
from fleet.models.notice.recipients import announce
from fleet.models.notice.record import CHANNELS, DELIVERIES, NOTICES

_d = DELIVERIES.c
IS_QUESTION = exists().where(NOTICES.c.id == _d.notice_id, NOTICES.c.kind == "question")
# Channels looked after in one write, and browsers' deliveries.
CHANNELS_MOST, LIMIT = 50, 500


def release(tx: Transaction) -> int:
    """Let go what was held until now: one message for each channel, without what is over by now; how many channels."""
    due = (_d.state == "held", _d.next_at <= tx.now)
    channels = tx.execute(
        select(_d.channel_id, _d.person_id).where(*due).group_by(_d.channel_id, _d.person_id).limit(CHANNELS_MOST)
    ).all()
    for row in channels:
        mine = (*due, _d.channel_id == row.channel_id)
        skip_pointless(tx, *mine)
        going = hold_longer(tx, row.person_id, mine)
        join(tx, going)
        tx.execute(update(DELIVERIES).where(*going).values(state="waiting", next_at=tx.now))
    if channels:
        announce(tx)
    return len(channels)


def hold_longer(tx: Transaction, person_id: str, mine: Which) -> Which:
    """Hold what falls into a person's quiet hours, as they are set now, until their end; what may go."""
    hours = quiet_hours.of(tx.connection, person_id)
    until = quiet_hours.until(hours, tx.now) if hours is not None else None
    if hours is None or until is None:
        return mine
    passing = IS_QUESTION if hours.questions_pass else false()
    tx.execute(update(DELIVERIES).where(*mine, not_(passing)).values(next_at=until))
    return (*mine, passing)


def pick_up(tx: Transaction, person_id: str, channel_id: str) -> list[Row[Any]]:
    """Hand a browser what is due for it, oldest first; it shows that, so nobody is handed it again."""
    mine = (_d.channel_id == channel_id, _d.person_id == person_id, _d.state == "waiting", _d.next_at <= tx.now)
    skip_pointless(tx, *mine)
    told = select(NOTICES, _d.message_id).join(DELIVERIES, _d.notice_id == NOTICES.c.id).where(*mine)
    rows = tx.execute(told.order_by(NOTICES.c.at, _d.seq)).all()
    if not rows:
        return []
    tx.execute(update(DELIVERIES).where(*mine).values(attempts=1))
    settle(tx, and_(*mine), state="sent")
    seen = {"last_ok_at": tx.now, "last_error": None, "failures": 0}
    tx.execute(update(CHANNELS).where(CHANNELS.c.id == channel_id).values(seen))
    announce(tx)
    return list(rows)


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
