"""Channels by which a person is told of what agents ask and fail at: everybody has their own, and sees no other."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypedDict
from urllib.parse import urlsplit

from flask import Blueprint, Response
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import Row

from fleet.couriers import targets
from fleet.couriers.ntfy import TOKEN
from fleet.db import Transaction, db
from fleet.errors import Conflict, Invalid
from fleet.models.notice import CHANNEL_KINDS, channels
from fleet.web.framework.current import the_settings
from fleet.web.http.bodies import Body, read
from fleet.web.http.browsers import browser, called
from fleet.web.http.description import describes
from fleet.web.http.respond import respond
from fleet.web.http.writes import write, write_and_respond
from fleet.web.notices import pages
from fleet.web.notices.channel_shapes import Channel, NewChannel, shape, with_key
from fleet.web.pages.forms import form_page
from fleet.web.security.person import oneself

notice_channels = Blueprint("notice_channels", __name__)

Name = Annotated[str, Meta(max_length=100)]
Url = Annotated[str, Meta(max_length=targets.URL_LONGEST)]
Secret = Annotated[str, Meta(max_length=500)]
CHANNEL_CODES = (
    "CHANNEL_EXISTS",
    "EMAIL_NOT_SET_UP",
    "INVALID_TARGET",
    "INVALID_TOKEN_FIELD",
    "MISSING_TARGET",
    "NOT_A_PERSON",
    "TOO_MANY_CHANNELS",
)
WRONG = {"kind": f"One of: {', '.join(CHANNEL_KINDS)}."}


class ChannelCreate(Body):
    """A channel. `target` is the URL of a webhook or of a ntfy topic; `token` that of the ntfy server."""

    required: ClassVar = {"kind": ("MISSING_KIND", "A channel needs a kind")}
    wrong: ClassVar = WRONG

    kind: Literal["browser", "ntfy", "email", "webhook"] | UnsetType = UNSET
    name: Name = ""
    target: Url = ""
    token: Secret = ""
    on_question: bool = True
    on_error: bool = True
    on_silence: bool = True


class ChannelPatch(Body):
    """What may change about a channel; its kind does not."""

    name: Name | UnsetType = UNSET
    target: Url | UnsetType = UNSET
    token: Secret | UnsetType = UNSET
    on_question: bool | UnsetType = UNSET
    on_error: bool | UnsetType = UNSET
    on_silence: bool | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class Channels(TypedDict):
    """One's own channels."""

    notice_channels: list[Channel]


@notice_channels.get("")
@describes(Channels, codes=("NOT_A_PERSON",))
def index() -> Response:
    """One's own channels; without their secrets."""
    person_id = oneself().id
    with db.engine.connect() as connection:
        rows = channels.of(connection, person_id)
    return respond(json=lambda: {"notice_channels": [shape(row) for row in rows]}, goto="/account/notices")


@notice_channels.post("")
@form_page(pages.failed_form())
@describes(NewChannel, 201, body=ChannelCreate, codes=CHANNEL_CODES)
def create() -> Response:
    """Add a channel; the answer for a webhook holds the key that it is signed with."""
    person_id = oneself().id
    body = read(ChannelCreate)
    kind = str(body.kind)
    target = checked(kind, body.target)
    values: dict[str, Any] = {
        "target": called(browser()["device"]) if kind == "browser" else target,
        "name": body.name.strip() or usual_name(kind, target),
        "secret": checked_token(kind, body.token),
        "on_question": body.on_question,
        "on_error": body.on_error,
        "on_silence": body.on_silence,
    }

    def make(tx: Transaction) -> Row[Any]:
        return channels.create(tx, person_id, kind, **values)

    return write_and_respond(
        make,
        json=with_key,
        status=201,
        kept=shape,
        goto=lambda row: f"/account/notices?{'secret' if kind == 'webhook' else 'added'}={row.id}",
    )


@notice_channels.get("/<channel_id>")
@describes(Channel, codes=("NOT_A_PERSON",))
def show(channel_id: str) -> Response:
    """One of one's own channels."""
    person_id = oneself().id
    with db.engine.connect() as connection:
        row = channels.find(connection, person_id, channel_id)
    return respond(json=lambda: shape(row), goto="/account/notices")


@notice_channels.patch("/<channel_id>")
@form_page(pages.failed_form())
@describes(Channel, body=ChannelPatch, codes=CHANNEL_CODES)
def edit(channel_id: str) -> Response:
    """Change a channel, switch it off or on."""
    person_id = oneself().id
    changes = read(ChannelPatch).given()
    with db.engine.connect() as connection:
        kind = channels.find(connection, person_id, channel_id).kind
    if "token" in changes:
        changes["secret"] = checked_token(kind, changes.pop("token"), or_blank=False)
    if "target" in changes:
        changes["target"] = checked(kind, changes["target"])
    return write_and_respond(
        lambda tx: channels.edit(tx, person_id, channel_id, changes), json=shape, goto="/account/notices"
    )


@notice_channels.delete("/<channel_id>")
@describes(codes=("NOT_A_PERSON",))
def delete(channel_id: str) -> Response:
    """Remove a channel and its part of the delivery log."""
    person_id = oneself().id
    write(lambda tx: channels.remove(tx, person_id, channel_id))
    return respond(goto="/account/notices")


def checked(kind: str, target: str) -> str:
    """A target as it is stored. Raises Invalid for one that cannot be, Conflict where mail is not set up."""
    settings = the_settings()
    if kind == "email" and not settings.smtp_url:
        raise Conflict("EMAIL_NOT_SET_UP", "No mail server is set: an administrator sets smtp_url and smtp_from.")
    if kind in ("browser", "email"):
        if target.strip():
            raise targets.invalid("This kind needs no target: it is this browser, or your own address.")
        return ""
    url = target.strip()
    if not url:
        raise Invalid("MISSING_TARGET", "A web address is required.", field="target")
    parsed = targets.parse(url, settings.notice_targets)
    if kind == "ntfy" and not parsed.path.strip("/"):
        raise targets.invalid("A topic is missing: https://ntfy.sh/my-topic.")
    return url


def checked_token(kind: str, given: str, *, or_blank: bool = True) -> str | None:
    """An access token as it is stored, or None. Raises Invalid for what is none; `or_blank`: any kind may leave it out."""
    token = given.strip()
    if kind != "ntfy" and (token or not or_blank):
        raise Invalid("INVALID_TOKEN_FIELD", "Only ntfy takes a token.", field="token")
    if token and not TOKEN.fullmatch(token):
        # Copied from a page it may hold what nobody sees, such as a zero-width space.
        raise Invalid(
            "INVALID_TOKEN_FIELD", "It holds characters that no token has, perhaps unseen ones.", field="token"
        )
    return token or None


def usual_name(kind: str, target: str) -> str:
    """What a channel is called that nobody has named."""
    parts = urlsplit(target)
    if kind == "ntfy":
        return f"ntfy {parts.path.strip('/')}"[:100]
    return {"webhook": parts.hostname or "", "email": "E-mail", "browser": called(browser()["device"])}[kind][:100]
