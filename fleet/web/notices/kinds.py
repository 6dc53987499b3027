"""What a channel is for: the kinds of notices as one whole, as a form with checkboxes sends them."""

from __future__ import annotations

from flask import Blueprint, Response

from fleet.models.notice import channels
from fleet.web.http.bodies import Body, read
from fleet.web.http.description import describes
from fleet.web.http.writes import write_and_respond
from fleet.web.notices.channel_shapes import Channel, shape
from fleet.web.security.person import oneself

notice_kinds = Blueprint("notice_kinds", __name__)


class KindsPut(Body):
    """The kinds that are wanted; what is not named is not."""

    on_question: bool = False
    on_error: bool = False
    on_silence: bool = False


@notice_kinds.put("/<channel_id>/kinds")
@describes(Channel, body=KindsPut, codes=("NOT_A_PERSON",))
def edit(channel_id: str) -> Response:
    """Choose the kinds of one of one's channels."""
    person_id = oneself().id
    kinds = read(KindsPut).given()
    return write_and_respond(
        lambda tx: channels.edit(tx, person_id, channel_id, kinds), json=shape, goto="/account/notices"
    )
