"""One outage is one message: what falls silent, and what is back, is held until no more comes, for a short while at most."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select, update

from fleet.db import Transaction
from fleet.models.notice.record import BACK, DELIVERIES, NOTICES

KINDS = ("silence", BACK)
# Agents of one network beat at their own times, so they fall silent, and come back, one after the other:
# it is told when nobody has followed for so long, and at the latest so long after the first.
NOBODY_FOLLOWED, LONGEST = timedelta(seconds=10), timedelta(seconds=90)

_d = DELIVERIES.c


def held_until(tx: Transaction, channel_ids: Collection[str]) -> dict[str, datetime]:
    """When each of these channels is told what has just happened, and with it what it is to be told soon anyway."""
    ours = exists().where(NOTICES.c.id == _d.notice_id, NOTICES.c.kind.in_(KINDS))
    soon = (_d.state == "held", _d.next_at <= tx.now + NOBODY_FOLLOWED, ours)
    firsts = select(_d.channel_id, func.min(_d.created_at).label("first")).where(*soon).group_by(_d.channel_id)
    moments = dict.fromkeys(channel_ids, tx.now + NOBODY_FOLLOWED)
    for row in tx.execute(firsts).all():
        if row.channel_id in moments:
            moment = min(row.first + LONGEST, moments[row.channel_id])
            moments[row.channel_id] = max(moment, tx.now)
            mine = (_d.channel_id == row.channel_id, *soon)
            tx.execute(update(DELIVERIES).where(*mine).values(next_at=moments[row.channel_id]))
    return moments
