"""From a message in the database to a courier's parcel, and from what the courier says to an outcome."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from fleet import couriers
from fleet.config import Settings
from fleet.couriers.parcel import Item, Parcel, Rules, Undelivered
from fleet.models.notice.outcomes import Outcome
from fleet.models.notice.queue import Message


def carry(message: Message, settings: Settings) -> Outcome:
    """Send a message; waits for the receiver, at most a few seconds, and never raises for its sake."""
    channel = message.channel
    target = message.person.email if channel.kind == "email" else channel.target
    items = [item(notice, settings) for notice in message.notices]
    parcel = Parcel(message.id, target, channel.secret, items, settings.url)
    try:
        return Outcome(ok=True, status=couriers.deliver(channel.kind, parcel, rules(settings)))
    except Undelivered as error:
        return Outcome(
            ok=False,
            status=error.status,
            error=error.message,
            final=error.final,
            gone=error.gone,
            wait=error.wait,
        )


def rules(settings: Settings) -> Rules:
    """What couriers must know of the settings."""
    return Rules(settings.notice_targets, settings.smtp_url, settings.smtp_from)


def item(notice: Row[Any], settings: Settings) -> Item:
    """A notice as couriers carry it, with its deep link."""
    return Item(
        notice.id,
        notice.kind,
        notice.agent_id,
        notice.agent_name,
        notice.title,
        notice.text,
        f"{settings.url}{notice.path}",
        notice.at,
    )
