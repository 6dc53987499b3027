"""How deliveries end: with what came of them, or skipped because they have become pointless."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, update

from fleet.db import Transaction
from fleet.models.notice.recipients import announce
from fleet.models.notice.record import CHANNELS, DELIVERIES, NOTICES
from fleet.models.person.record import PEOPLE

_d = DELIVERIES.c
OVER = exists().where(NOTICES.c.id == _d.notice_id, NOTICES.c.resolved_at.is_not(None))
IN_USE = exists().where(
    CHANNELS.c.id == _d.channel_id, CHANNELS.c.enabled, PEOPLE.c.id == _d.person_id, PEOPLE.c.disabled_at.is_(None)
)
# Why a delivery is not to be sent any more.
POINTLESS = ((OVER, "It was over before it could be sent."), (not_(IN_USE), "The channel is switched off."))


def settle(tx: Transaction, which: ColumnElement[bool], **values: Any) -> int:
    """End deliveries; how many."""
    return tx.execute(update(DELIVERIES).where(which).values(**values, ended_at=tx.now, next_at=None)).rowcount


def skip_pointless(tx: Transaction, *which: ColumnElement[bool]) -> int:
    """Skip those of these deliveries whose cause is gone, or whose channel or person is none any more; how many."""
    skipped = sum(settle(tx, and_(reason, *which), state="skipped", error=words) for reason, words in POINTLESS)
    if skipped:
        announce(tx)
    return skipped
