"""Whom a notice is for: everybody's channels that want its kind, at once or after quiet hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from fleet.db import Transaction
from fleet.models.ids import new_id
from fleet.models.notice.quiet_hours import until
from fleet.models.notice.record import CHANNELS, DELIVERIES, QUIET
from fleet.models.person.record import PEOPLE

WANTS = {"question": "on_question", "error": "on_error", "silence": "on_silence"}
# Channels in use, with the quiet hours of whoever they belong to; nobody who is shut out is told anything.
IN_USE = (
    select(CHANNELS, QUIET.c.start, QUIET.c.end, QUIET.c.zone, QUIET.c.questions_pass)
    .join(PEOPLE, PEOPLE.c.id == CHANNELS.c.person_id)
    .outerjoin(QUIET, QUIET.c.person_id == CHANNELS.c.person_id)
    .where(CHANNELS.c.enabled, PEOPLE.c.disabled_at.is_(None))
)


def address(tx: Transaction, notices: Sequence[Row[Any]]) -> None:
    """Put each notice on its way to each channel that wants it."""
    channels = tx.execute(IN_USE).all()
    rows = [
        delivery(notice, channel, tx.now)
        for notice in notices
        for channel in channels
        if getattr(channel, WANTS[notice.kind])
    ]
    if rows:
        tx.execute(insert(DELIVERIES), rows)
        announce(tx)


def delivery(notice: Row[Any], channel: Row[Any], now: datetime) -> dict[str, Any]:
    """A delivery that is due now, or when the quiet hours of its person end."""
    held_until = None
    if channel.zone is not None and not (notice.kind == "question" and channel.questions_pass):
        held_until = until(channel, now)
    return {
        "id": new_id("dlv"),
        "notice_id": notice.id,
        "channel_id": channel.id,
        "person_id": channel.person_id,
        "message_id": new_id("msg"),
        "state": "held" if held_until else "waiting",
        "attempts": 0,
        "next_at": held_until or now,
        "status": None,
        "error": None,
        "created_at": now,
        "ended_at": None,
    }


def announce(tx: Transaction) -> None:
    """Tell open pages that somebody's deliveries have changed; whose and which they ask for themselves."""
    tx.announce("notices_changed", "notice", "", "updated", {})
