"""From a message in the database to a courier's parcel, and from what the courier says to an outcome."""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import Row

from fleet import couriers
from fleet.config import Settings
from fleet.couriers.parcel import Item, Parcel, Rules, Undelivered
from fleet.models.notice.outcomes import Outcome
from fleet.models.notice.queue import Message

log = structlog.get_logger(__name__)


def carry(message: Message, settings: Settings) -> Outcome:
    """Send a message; waits for the receiver, at most a few seconds, and never raises."""
    channel = message.channel
    target = message.person.email if channel.kind == "email" else channel.target
    items = [item(notice, settings) for notice in message.notices]
    parcel = Parcel(message.id, target, channel.secret, items, settings.url, message.count, message.agents)
    try:
        return Outcome(ok=True, status=couriers.deliver(channel.kind, parcel, rules(settings)))
    except Undelivered as error:
        return Outcome(
            ok=False,
            status=error.status,
            error=error.message,
            final=error.final,
            gone=error.gone,
            ours=error.ours,
            wait=error.wait,
        )
    except Exception as error:
        # Whatever a channel's settings or a library have in store, it is a try that came to nothing, and counts.
        log.exception("a notice could not be sent", channel=channel.id, kind=channel.kind)
        return Outcome(ok=False, error=f"Fleet could not send it ({type(error).__name__}).")


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
