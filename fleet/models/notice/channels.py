"""Channels: made, changed and removed by the person they belong to."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from fleet.db import Transaction
from fleet.errors import Conflict, NotFound
from fleet.models.ids import new_id
from fleet.models.notice.record import CHANNELS, DELIVERIES

MOST = 10


def of(connection: Connection, person_id: str) -> Sequence[Row[Any]]:
    """A person's channels, oldest first."""
    mine = CHANNELS.c.person_id == person_id
    return connection.execute(select(CHANNELS).where(mine).order_by(CHANNELS.c.created_at, CHANNELS.c.id)).all()


def find(connection: Connection, person_id: str, channel_id: str) -> Row[Any]:
    """One of a person's channels. Raises NotFound, also for another one's."""
    mine = (CHANNELS.c.id == channel_id, CHANNELS.c.person_id == person_id)
    row = connection.execute(select(CHANNELS).where(*mine)).one_or_none()
    if row is None:
        raise NotFound("CHANNEL_NOT_FOUND", "Channel not found")
    return row


def create(tx: Transaction, person_id: str, kind: str, **values: Any) -> Row[Any]:
    """Add a channel; a webhook gets a key to check signatures with. Raises Conflict beyond MOST."""
    mine = CHANNELS.c.person_id == person_id
    if tx.execute(select(func.count()).select_from(CHANNELS).where(mine)).scalar_one() >= MOST:
        raise Conflict("TOO_MANY_CHANNELS", f"Nobody has more than {MOST} channels; remove one first.")
    twice = select(CHANNELS.c.id).where(mine, CHANNELS.c.kind == "email")
    if kind == "email" and tx.execute(twice).first() is not None:
        raise Conflict("CHANNEL_EXISTS", "You get notices by e-mail already.")
    filled = {
        "id": new_id("chn"),
        "person_id": person_id,
        "kind": kind,
        "name": "",
        "target": "",
        "secret": None,
        "on_question": True,
        "on_error": True,
        "on_silence": True,
        "enabled": True,
        "failures": 0,
        "created_at": tx.now,
    } | values
    if kind == "webhook":
        filled["secret"] = new_key()
    return tx.execute(insert(CHANNELS).returning(CHANNELS), filled).one()


def edit(tx: Transaction, person_id: str, channel_id: str, changes: dict[str, Any]) -> Row[Any]:
    """Change one's channel; switching it on forgets why it was off, another target starts afresh."""
    before = find(tx.connection, person_id, channel_id)
    if changes.get("enabled") or changes.get("target", before.target) != before.target:
        changes = changes | {"given_up_at": None, "failures": 0, "last_error": None}
    if not changes:
        return before
    mine = CHANNELS.c.id == channel_id
    return tx.execute(update(CHANNELS).where(mine).values(changes).returning(CHANNELS)).one()


def renew_key(tx: Transaction, person_id: str, channel_id: str) -> Row[Any]:
    """Give a webhook another signing key; the one before is good for nothing from now on."""
    if find(tx.connection, person_id, channel_id).kind != "webhook":
        raise Conflict("NO_SIGNING_KEY", "Only webhooks are signed.")
    return edit(tx, person_id, channel_id, {"secret": new_key()})


def remove(tx: Transaction, person_id: str, channel_id: str) -> None:
    """Remove one's channel, and what was sent by it from the log."""
    find(tx.connection, person_id, channel_id)
    tx.execute(delete(DELIVERIES).where(DELIVERIES.c.channel_id == channel_id))
    tx.execute(delete(CHANNELS).where(CHANNELS.c.id == channel_id))


def new_key() -> str:
    """A signing key as Standard Webhooks writes it: a prefix, and 32 random bytes in base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
