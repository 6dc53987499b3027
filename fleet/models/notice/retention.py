"""How long notices and what came of them are kept."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, or_, select

from fleet.db import Transaction
from fleet.models.notice.record import BACK, DELIVERIES, NOTICES, TEST

CHUNK = 500


def forget(tx: Transaction, keep: timedelta) -> int:
    """Delete one chunk of old notices with their deliveries; one whose cause still stands stays."""
    over = or_(NOTICES.c.resolved_at.is_not(None), NOTICES.c.kind.in_((BACK, TEST)))
    old = select(NOTICES.c.id).where(NOTICES.c.at < tx.now - keep, over).limit(CHUNK)
    ids = [row.id for row in tx.execute(old)]
    if ids:
        tx.execute(delete(DELIVERIES).where(DELIVERIES.c.notice_id.in_(ids)))
        tx.execute(delete(NOTICES).where(NOTICES.c.id.in_(ids)))
    return len(ids)
