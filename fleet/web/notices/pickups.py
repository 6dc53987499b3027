"""A browser fetches what it is to show; whichever of its pages comes first shows it."""

from __future__ import annotations

from typing import Any, TypedDict

from flask import Blueprint, Response
from sqlalchemy import Row

from fleet.config import Settings
from fleet.couriers.parcel import Parcel
from fleet.db import Transaction
from fleet.models.json_types import Moment
from fleet.models.notice import channels, held, queue
from fleet.models.notice.parcels import item
from fleet.web.framework.current import the_settings
from fleet.web.http.description import describes
from fleet.web.http.writes import write_and_respond
from fleet.web.security.person import oneself

notice_pickups = Blueprint("notice_pickups", __name__)


class NoticeMessage(TypedDict):
    """What a browser is to show."""

    id: str
    kind: str
    title: str
    text: str
    path: str
    at: Moment


class Messages(TypedDict):
    """What is due, once."""

    messages: list[NoticeMessage]


@notice_pickups.post("/<channel_id>/pickups")
@describes(Messages, codes=("NOT_A_PERSON",))
def create(channel_id: str) -> Response:
    """What is due for this browser, once. 404 when the channel is none of the person who is signed in."""
    person_id = oneself().id

    def pick_up(tx: Transaction) -> list[Row[Any]]:
        channels.find(tx.connection, person_id, channel_id)
        return held.pick_up(tx, person_id, channel_id)

    return write_and_respond(pick_up, json=lambda rows: {"messages": messages(rows)}, goto="/account/notices")


def messages(rows: list[Row[Any]]) -> list[dict[str, Any]]:
    """What to show: a few one by one, many as one."""
    settings = the_settings()
    by_message: dict[str, list[Row[Any]]] = {}
    for row in rows:
        by_message.setdefault(row.message_id, []).append(row)
    groups = list(by_message.values())
    if len(groups) > queue.APART_MOST:
        groups = [rows]
    parcels = [parcel(group, settings) for group in groups]
    return [
        {
            "id": parcel.id,
            "kind": parcel.kind,
            "title": parcel.title,
            "text": parcel.text,
            "path": group[0].path if len(group) == 1 else "/",
            "at": parcel.at,
        }
        for parcel, group in zip(parcels, groups, strict=True)
    ]


def parcel(rows: list[Row[Any]], settings: Settings) -> Parcel:
    """What goes together, as one message."""
    items = [item(row, settings) for row in rows]
    return Parcel(rows[0].message_id, "", None, items, settings.url, len(rows), len({row.agent_id for row in rows}))
