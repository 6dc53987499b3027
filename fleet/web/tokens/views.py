"""API tokens: made, listed, revoked. Everybody has their own; an administrator sees all (security.md 7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, TypedDict

from flask import Blueprint, Response, g
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import ColumnElement, Row

from fleet import clock
from fleet.db import Transaction, db
from fleet.errors import Forbidden
from fleet.models import shapes, token
from fleet.models.json_types import Moment, Role
from fleet.web.http.bodies import Body, read
from fleet.web.http.description import describes
from fleet.web.http.negotiation import wants_json
from fleet.web.http.respond import encoded, html_response, respond
from fleet.web.http.revocations import OffspringList, Revocation, revoked_too, with_offspring
from fleet.web.http.writes import write, write_and_respond
from fleet.web.pages.forms import form_page
from fleet.web.security import credentials, policy
from fleet.web.security.person import secret_behind
from fleet.web.tokens import pages
from fleet.web.tokens.listing import visible

tokens = Blueprint("tokens", __name__)

LONGEST = 5 * 366 * 86400


class TokenCreate(Body):
    """A token for a program: what it is called, what it may, for how long (seconds; null: until revoked).

    `personal` ties it to its maker: it never may more than they, and ends
    when they are shut out. An administrator may make one that stands alone.
    """

    required: ClassVar = {
        "name": ("MISSING_NAME", "A token needs a name: what is it for?"),
        "role": ("MISSING_ROLE", "A token needs a role"),
    }
    wrong: ClassVar = {
        "role": f"One of: {', '.join(token.ROLES)}.",
        "expires_in": "A token lives 1 min to 5 y.",
    }

    name: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    expires_in: Annotated[int, Meta(ge=60, le=LONGEST)] | None = None
    personal: bool = True


class TokenShape(TypedDict):
    """A token without its secret."""

    id: str
    name: str
    role: Role
    prefix: str
    person_id: str | None
    made_by: str | None
    created_at: Moment
    last_used_at: Moment | None
    expires_at: Moment | None
    revoked_at: Moment | None
    state: Literal["good", "revoked", "expired"]


class NewToken(TokenShape, total=False):
    """A new token; `token` is its secret, which an answer that is given again does not have."""

    token: str


class Tokens(TypedDict):
    """One's own; for an administrator everybody's."""

    tokens: list[TokenShape]


@tokens.get("")
@describes(Tokens)
def index() -> Response:
    """One's own tokens; for an administrator everybody's."""
    rows = visible()
    return respond(page=lambda: pages.index(rows), json=lambda: {"tokens": encoded(map(shape, rows))})


@tokens.post("")
@form_page(pages.failed_form)
@describes(NewToken, 201, body=TokenCreate, codes=("ROLE_ABOVE_YOURS",))
def create() -> Response:
    """Make a token; its secret is in this answer and nowhere else."""
    body = read(TokenCreate)
    role, identity = str(body.role), g.identity
    if not policy.allows(identity.role, role):
        raise Forbidden(
            "ROLE_ABOVE_YOURS", f"You are {identity.role}: a token of yours cannot be {role}.", field="role"
        )
    if not body.personal and not policy.allows(identity.role, "admin"):
        raise Forbidden("FORBIDDEN", "Only an administrator makes tokens that belong to nobody.")
    lives = timedelta(seconds=body.expires_in) if body.expires_in else None
    behind = secret_behind()
    owner, parent = (identity.person_id, behind) if body.personal else (None, None)

    def make(tx: Transaction) -> token.Issued:
        return token.create(
            tx,
            "token",
            str(body.name).strip(),
            role,
            expires_at=tx.now + lives if lives else None,
            person_id=owner,
            made_by=identity.name,
            parent_id=parent,
            made_with=behind,
        )

    if not wants_json():
        made = write(make)
        return html_response(pages.index(visible(), new_token=made), 201)
    return write_and_respond(
        make,
        json=lambda made: shape(made.row) | {"token": made.secret},
        status=201,
        kept=lambda made: shape(made.row),
    )


@tokens.get("/<token_id>/offspring")
@describes(OffspringList, codes=("TOKEN_NOT_FOUND",))
def offspring(token_id: str) -> Response:
    """What was made with a token and would live on without it: tokens, agents' keys, enrolment keys that wait."""
    with db.engine.connect() as connection:
        found = token.find(connection, token_id, *whose())
        rows = token.living_on(connection, clock.now(), [found.id]).get(found.id, [])
    return respond(json=lambda: {"offspring": [shapes.offspring(row) for row in rows]}, goto="/tokens")


@tokens.delete("/<token_id>")
@describes(body=Revocation, codes=("TOKEN_NOT_FOUND",))
def delete(token_id: str) -> Response:
    """Revoke a token, and every session and stream that was made with it, within a second.

    With `offspring` also what would live on without it; that is for administrators.
    """
    more, wanted = with_offspring(), whose()

    def revoke(tx: Transaction) -> None:
        token.revoke(tx, token_id, *wanted)
        if more:
            tx.entries += [revoked_too(row) for row in token.revoke_made(tx, token_id)]

    write(revoke)
    credentials.forget()
    return respond(goto=pages.back())


def whose() -> list[ColumnElement[bool]]:
    """Which tokens somebody may look at and revoke: their own, an administrator any."""
    c, identity = token.TOKENS.c, g.identity
    tokens_only = c.kind == "token"
    if policy.allows(identity.role, "admin"):
        return [tokens_only]
    # Nobody's token is not "theirs": without a person only the token itself may go.
    return [tokens_only, c.person_id == identity.person_id if identity.person_id else c.id == identity.grant_id]


def shape(row: Row[Any]) -> dict[str, Any]:
    """A token without its secret."""
    return {
        "id": row.id,
        "name": row.name,
        "role": row.role,
        "prefix": row.prefix,
        "person_id": row.person_id,
        "made_by": row.made_by,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
        "state": state(row),
    }


def state(row: Row[Any]) -> str:
    """`good`, `revoked` or `expired`."""
    if token.alive(row, clock.now()):
        return "good"
    return "revoked" if row.revoked_at else "expired"
