"""People and their links, as answers have them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from msgspec import Meta
from sqlalchemy import Row

from fleet import clock
from fleet.models import token
from fleet.models.json_types import Moment, Role
from fleet.web.http.bodies import BLANK
from fleet.web.pages.page import base_url

# One line, what stands around it aside, as `person.called` looks at it.
CONTROL = r"\u0000-\u001f\u007f-\u009f"
ANY_LINE = f"^[{BLANK}]*[^{CONTROL}]*[{BLANK}]*$"
SOME_LINE = f"^[{BLANK}]*[^{CONTROL}]*[^{BLANK}{CONTROL}][^{CONTROL}]*[{BLANK}]*$"
AnyName = Annotated[str, Meta(max_length=100, extra_json_schema={"pattern": ANY_LINE})]
SomeName = Annotated[str, Meta(max_length=100, extra_json_schema={"pattern": SOME_LINE})]


class Person(TypedDict):
    """A person without their password's hash."""

    id: str
    email: Annotated[str, Meta(examples=["kim@example.org"])]
    name: str
    role: Role
    state: Literal["active", "invited", "lapsed", "disabled"]
    created_at: Moment
    disabled_at: Moment | None
    password_changed_at: Moment | None
    last_seen_at: Moment | None


class InvitedPerson(Person, total=False):
    """A person with a one-time link, which an answer that is given again does not have."""

    link: str
    link_expires_at: Moment | None


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
