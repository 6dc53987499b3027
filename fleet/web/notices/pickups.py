"""A browser fetches what it is to show; whichever of its pages comes first shows it."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import Blueprint, Response
from sqlalchemy import Row

from fleet.couriers.parcel import Parcel
from fleet.db import Transaction
from fleet.models.notice import channels, held, queue
from fleet.models.notice.parcels import item
from fleet.web.framework.current import the_settings
from fleet.web.http.writes import write_and_respond
from fleet.web.security.person import oneself

notice_pickups = Blueprint("notice_pickups", __name__)


@notice_pickups.post("/<channel_id>/pickups")
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
    groups = [list(group) for _, group in groupby(rows, key=lambda row: row.message_id)]
    if len(groups) > queue.APART_MOST:
        groups = [rows]
    parcels = [
        Parcel(group[0].message_id, "", None, [item(row, settings) for row in group], settings.url) for group in groups
    ]
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
