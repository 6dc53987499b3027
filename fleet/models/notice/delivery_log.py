"""The delivery log as its owner sees it; trying again what failed; trying a channel out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from fleet.db import Transaction
from fleet.errors import Conflict, NotFound
from fleet.models.ids import new_id
from fleet.models.notice.queue import Message, take_one
from fleet.models.notice.recipients import announce
from fleet.models.notice.record import CHANNELS, DELIVERIES, NOTICES, TEST

_d = DELIVERIES.c
LINES = (
    select(
        DELIVERIES,
        NOTICES.c.kind,
        NOTICES.c.agent_id,
        NOTICES.c.agent_name,
        NOTICES.c.title,
        NOTICES.c.text,
        NOTICES.c.path,
        NOTICES.c.at,
        NOTICES.c.resolved_at,
        CHANNELS.c.kind.label("channel_kind"),
        CHANNELS.c.name.label("channel_name"),
        CHANNELS.c.enabled,
    )
    .join(NOTICES, NOTICES.c.id == _d.notice_id)
    .join(CHANNELS, CHANNELS.c.id == _d.channel_id)
)


def newest(connection: Connection, person_id: str, limit: int) -> Sequence[Row[Any]]:
    """A person's newest deliveries, each with its notice and its channel."""
    mine = _d.person_id == person_id
    return connection.execute(LINES.where(mine).order_by(_d.seq.desc()).limit(limit)).all()


def retry(tx: Transaction, person_id: str, delivery_id: str) -> Row[Any]:
    """Send a delivery that failed once more, from now on like a new one.

    Whatever went with it under one message id goes with it again. Raises
    NotFound, and Conflict for one that has not failed or has nowhere to go.
    """
    line = find(tx.connection, person_id, delivery_id)
    if line.state != "failed":
        raise Conflict("NOT_FAILED", "Only what has failed can be sent again.")
    if not line.enabled:
        raise Conflict("CHANNEL_OFF", "The channel is switched off; switch it on first.")
    failed = (_d.message_id == line.message_id, _d.state == "failed")
    afresh = {"state": "waiting", "attempts": 0, "next_at": tx.now, "ended_at": None}
    tx.execute(update(DELIVERIES).where(*failed).values(afresh))
    announce(tx)
    return find(tx.connection, person_id, delivery_id)


def find(connection: Connection, person_id: str, delivery_id: str) -> Row[Any]:
    """One of a person's deliveries. Raises NotFound, also for another one's."""
    mine = (_d.id == delivery_id, _d.person_id == person_id)
    line = connection.execute(LINES.where(*mine)).one_or_none()
    if line is None:
        raise NotFound("DELIVERY_NOT_FOUND", "Delivery not found")
    return line


def of_message(connection: Connection, message_id: str) -> Row[Any]:
    """The first delivery of a message. Raises NotFound when it is gone by now."""
    line = connection.execute(LINES.where(_d.message_id == message_id).order_by(_d.seq)).first()
    if line is None:
        raise NotFound("DELIVERY_NOT_FOUND", "Delivery not found")
    return line


def begin_test(tx: Transaction, channel: Row[Any], by: str) -> tuple[str, Message | None]:
    """A test's message id, and the message, taken in hand; a browser fetches it, so it has none."""
    notice = {
        "id": new_id("ntc"),
        "kind": TEST,
        "agent_id": None,
        "agent_name": "",
        "cause": new_id("try"),
        "title": "Fleet can reach you here",
        "text": f"{by} asked for this test. Nothing needs you.",
        "path": "/account/notices",
        "at": tx.now,
        "resolved_at": None,
    }
    tx.execute(insert(NOTICES), notice)
    message_id = new_id("msg")
    delivery = {
        "id": new_id("dlv"),
        "notice_id": notice["id"],
        "channel_id": channel.id,
        "person_id": channel.person_id,
        "message_id": message_id,
        "state": "waiting",
        "attempts": 0,
        "next_at": tx.now,
        "created_at": tx.now,
    }
    tx.execute(insert(DELIVERIES), delivery)
    announce(tx)
    if channel.kind == "browser":
        return message_id, None
    return message_id, take_one(tx, channel.id, channel.person_id, message_id)
