"""One's own notices, and what came of telling them; what failed is sent once more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from flask import Blueprint, Response, current_app
from sqlalchemy import Row

from fleet.db import db
from fleet.models.json_types import Moment
from fleet.models.notice import delivery_log
from fleet.web.http import queries
from fleet.web.http.description import describes
from fleet.web.http.respond import respond
from fleet.web.http.writes import write_and_respond
from fleet.web.security.person import oneself

notices = Blueprint("notices", __name__)

LATEST = 50


def wanted_limit() -> int:
    """How many deliveries at most."""
    return queries.number("limit", LATEST, 1, queries.LIMIT_MOST)


class NamedAgent(TypedDict):
    """Whom it is about."""

    id: str
    name: str | None


class DeliveryChannel(TypedDict):
    """By which channel."""

    id: str | None
    kind: str
    name: str


class NoticeShape(TypedDict):
    """What happened."""

    id: str
    kind: str
    agent: NamedAgent | None
    title: str
    text: str
    url: str
    at: Moment
    resolved_at: Moment | None


class DeliveryShape(TypedDict):
    """One telling of it, and how it went."""

    id: str
    message_id: str
    channel: DeliveryChannel
    state: str
    attempts: int
    next_at: Moment | None
    status: int | None
    error: str | None
    created_at: Moment
    ended_at: Moment | None


class Delivery(DeliveryShape):
    """A delivery with its notice."""

    notice: NoticeShape


class Notice(NoticeShape):
    """A notice with its deliveries."""

    deliveries: list[DeliveryShape]


class Notices(TypedDict):
    """One's own, newest first."""

    notices: list[Notice]


@notices.get("")
@describes(Notices, query=(wanted_limit,), codes=("NOT_A_PERSON",))
def index() -> Response:
    """The newest of one's own deliveries (`limit`), gathered under their notices."""
    person_id = oneself().id
    limit = wanted_limit()
    with db.engine.connect() as connection:
        lines = delivery_log.newest(connection, person_id, limit)
    return respond(json=lambda: {"notices": gathered(lines)}, goto="/account/notices")


@notices.post("/deliveries/<delivery_id>/retries")
@describes(Delivery, 202, codes=("CHANNEL_OFF", "NOT_A_PERSON", "NOT_FAILED"))
def retry(delivery_id: str) -> Response:
    """Send what has failed once more, in a moment."""
    person_id = oneself().id
    return write_and_respond(
        lambda tx: delivery_log.retry(tx, person_id, delivery_id),
        json=shape,
        status=202,
        goto="/account/notices",
    )


def gathered(lines: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Notices, newest first, each with its deliveries."""
    groups: dict[str, dict[str, Any]] = {}
    for line in lines:
        known = groups.setdefault(line.notice_id, notice_shape(line) | {"deliveries": []})
        known["deliveries"].append(delivery_shape(line))
    return list(groups.values())


def notice_shape(line: Row[Any]) -> dict[str, Any]:
    """What happened."""
    return {
        "id": line.notice_id,
        "kind": line.kind,
        "agent": {"id": line.agent_id, "name": line.agent_name} if line.agent_id else None,
        "title": line.title,
        "text": line.text,
        "url": f"{current_app.config['FLEET'].url}{line.path}",
        "at": line.at,
        "resolved_at": line.resolved_at,
    }


def delivery_shape(line: Row[Any]) -> dict[str, Any]:
    """One delivery of it."""
    return {
        "id": line.id,
        "message_id": line.message_id,
        "channel": {"id": line.channel_id, "kind": line.channel_kind, "name": line.channel_name},
        "state": line.state,
        "attempts": line.attempts,
        "next_at": line.next_at,
        "status": line.status,
        "error": line.error,
        "created_at": line.created_at,
        "ended_at": line.ended_at,
    }


def shape(line: Row[Any]) -> dict[str, Any]:
    """A delivery with its notice."""
    return delivery_shape(line) | {"notice": notice_shape(line)}
