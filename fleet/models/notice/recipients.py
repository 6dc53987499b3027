"""Whom a notice is for: everybody's channels that want its kind, at once, or when quiet hours or an outage end."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from fleet.db import Transaction
from fleet.models.ids import new_id
from fleet.models.notice import outages
from fleet.models.notice.quiet_hours import until
from fleet.models.notice.record import BACK, CHANNELS, DELIVERIES, MAIL, QUIET
from fleet.models.person.record import PEOPLE

WANTS = {"question": "on_question", "error": "on_error", "silence": "on_silence", BACK: "on_silence", MAIL: "on_error"}
# Channels in use, with the quiet hours of the person they belong to; nobody who is shut out is told anything.
IN_USE = (
    select(CHANNELS, PEOPLE.c.role, QUIET.c.start, QUIET.c.end, QUIET.c.zone, QUIET.c.questions_pass)
    .join(PEOPLE, PEOPLE.c.id == CHANNELS.c.person_id)
    .outerjoin(QUIET, QUIET.c.person_id == CHANNELS.c.person_id)
    .where(CHANNELS.c.enabled, PEOPLE.c.disabled_at.is_(None))
)


def address(tx: Transaction, notices: Sequence[Row[Any]], told: Mapping[str, Collection[str]] | None = None) -> None:
    """Put each notice on its way to each channel that wants it; with `told` only to those channels that it names."""
    channels = tx.execute(IN_USE).all()
    pairs = [
        (notice, channel)
        for notice in notices
        for channel in channels
        if wanted(notice, channel) and (told is None or channel.id in told.get(notice.id, ()))
    ]
    if not pairs:
        return
    together = outages.held_until(tx, {channel.id for notice, channel in pairs if notice.kind in outages.KINDS})
    tx.execute(insert(DELIVERIES), [delivery(notice, channel, tx.now, together) for notice, channel in pairs])
    announce(tx)


def wanted(notice: Row[Any], channel: Row[Any]) -> bool:
    """Whether a channel is for such notices; that mail goes nowhere concerns administrators, and no mail tells it."""
    if notice.kind == MAIL and (channel.role != "admin" or channel.kind == "email"):
        return False
    return bool(getattr(channel, WANTS[notice.kind]))


def delivery(notice: Row[Any], channel: Row[Any], now: datetime, together: Mapping[str, datetime]) -> dict[str, Any]:
    """A delivery that is due now, or when the quiet hours of its person end, or the outage that it is part of."""
    held_until = together[channel.id] if notice.kind in outages.KINDS else None
    if channel.zone is not None and not (notice.kind == "question" and channel.questions_pass):
        held_until = until(channel, now) or held_until
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
