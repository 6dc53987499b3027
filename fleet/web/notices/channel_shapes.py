"""Channels as answers have them."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from sqlalchemy import Row

from fleet.models.json_types import Moment


class Channel(TypedDict):
    """A channel without its secret."""

    id: str
    kind: Literal["browser", "ntfy", "email", "webhook"]
    name: str
    target: str | None
    on_question: bool
    on_error: bool
    on_silence: bool
    enabled: bool
    state: Literal["off", "given_up", "failing", "good", "new"]
    has_token: bool
    last_ok_at: Moment | None
    last_error: str | None
    failures: int
    given_up_at: Moment | None
    created_at: Moment


class NewChannel(Channel, total=False):
    """A new channel; `secret` signs what a webhook gets."""

    secret: str


def with_key(row: Row[Any]) -> dict[str, Any]:
    """A new channel, with the signing key if it has one."""
    return shape(row) | ({"secret": row.secret} if row.kind == "webhook" else {})


def shape(row: Row[Any]) -> dict[str, Any]:
    """A channel without its secret."""
    return {
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "target": row.target or None,
        "on_question": row.on_question,
        "on_error": row.on_error,
        "on_silence": row.on_silence,
        "enabled": row.enabled,
        "state": state(row),
        "has_token": row.kind == "ntfy" and row.secret is not None,
        "last_ok_at": row.last_ok_at,
        "last_error": row.last_error,
        "failures": row.failures,
        "given_up_at": row.given_up_at,
        "created_at": row.created_at,
    }


def state(row: Row[Any]) -> str:
    """`off`, `given_up` (by Fleet), `failing`, `good`, or `new`: nothing was sent yet."""
    if not row.enabled:
        return "given_up" if row.given_up_at else "off"
    if row.last_error:
        return "failing"
    return "good" if row.last_ok_at else "new"
