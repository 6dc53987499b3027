"""The key that a webhook is signed with: shown to its owner on demand, and renewed."""

from __future__ import annotations

from typing import TypedDict

from flask import Blueprint, Response

from fleet.db import db
from fleet.errors import Conflict
from fleet.models.notice import channels
from fleet.web.http.description import describes
from fleet.web.http.respond import respond
from fleet.web.http.writes import write_and_respond
from fleet.web.security.person import oneself

notice_keys = Blueprint("notice_keys", __name__)


class SigningKey(TypedDict):
    """The key that a webhook is signed with; null where an answer is given again."""

    key: str | None


@notice_keys.get("/<channel_id>/key")
@describes(SigningKey, codes=("NOT_A_PERSON", "NO_SIGNING_KEY"))
def show(channel_id: str) -> Response:
    """The key. 404 for another one's channel."""
    person_id = oneself().id
    with db.engine.connect() as connection:
        row = channels.find(connection, person_id, channel_id)
    if row.kind != "webhook":
        raise Conflict("NO_SIGNING_KEY", "Only webhooks are signed.")
    return respond(json=lambda: {"key": row.secret}, goto=f"/account/notices?secret={row.id}")


@notice_keys.post("/<channel_id>/key")
@describes(SigningKey, 201, codes=("NOT_A_PERSON", "NO_SIGNING_KEY"))
def create(channel_id: str) -> Response:
    """Make a new key; the one before signs nothing from now on."""
    person_id = oneself().id
    return write_and_respond(
        lambda tx: channels.renew_key(tx, person_id, channel_id),
        json=lambda row: {"key": row.secret},
        kept=lambda _: {"key": None},
        status=201,
        goto=lambda row: f"/account/notices?secret={row.id}",
    )
