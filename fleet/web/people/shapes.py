"""People and their links, as answers have them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from fleet import clock
from fleet.models import token
from fleet.web.pages.page import base_url


def link_url(link: token.Issued) -> str:
    """Where a one-time link leads."""
    return f"{base_url()}/login?link={link.secret}"


def link_shape(link: token.Issued) -> dict[str, Any]:
    """A one-time link, which exists in this answer only."""
    return {"link": link_url(link), "link_expires_at": link.row.expires_at}


def shape(row: Row[Any]) -> dict[str, Any]:
    """A person without their password's hash."""
    return {
        "id": row.id,
        "email": row.email,
        "name": row.name,
        "role": row.role,
        "state": state(row),
        "created_at": row.created_at,
        "disabled_at": row.disabled_at,
        "password_changed_at": row.password_changed_at,
        "last_seen_at": getattr(row, "seen_at", None),
    }


def state(row: Row[Any]) -> str:
    """`active`, `invited` (no password yet), `lapsed` (invited, and the link has run out) or `disabled`."""
    if row.disabled_at is not None:
        return "disabled"
    if row.password_hash is not None:
        return "active"
    until = getattr(row, "link_expires_at", None)
    return "invited" if until is None or until > clock.now() else "lapsed"
