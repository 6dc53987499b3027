"""An agent's own keys: what it signs its calls with, made anew with an overlap, revoked (security.md 5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, ClassVar, TypedDict

from flask import Blueprint, Response, g
from msgspec import Meta
from sqlalchemy import ColumnElement, Row

from fleet import clock
from fleet.db import Transaction, db
from fleet.models import agent, shapes, token
from fleet.models.json_types import Moment
from fleet.web.agents import pages
from fleet.web.http.bodies import Body, read
from fleet.web.http.description import describes
from fleet.web.http.negotiation import wants_json
from fleet.web.http.respond import encoded, html_response, respond
from fleet.web.http.revocations import OffspringList, Revocation, revoked_too, with_offspring
from fleet.web.http.writes import write, write_and_respond
from fleet.web.pages.forms import form_page
from fleet.web.security import credentials
from fleet.web.security.person import secret_behind

agent_keys = Blueprint("agent_keys", __name__)

OVERLAP = 600
LONGEST_OVERLAP = 7 * 86400


class KeyCreate(Body):
    """A new key; the ones before it work for `overlap` seconds more."""

    wrong: ClassVar = {"overlap": "Earlier keys work on for 0 s to 7 d."}

    name: Annotated[str, Meta(max_length=100)] = ""
    overlap: Annotated[int, Meta(ge=0, le=LONGEST_OVERLAP)] = OVERLAP


class AgentKey(TypedDict):
    """A key of an agent, without its secret."""

    id: str
    agent_id: str
    name: str
    prefix: str
    made_by: str | None
    created_at: Moment
    last_used_at: Moment | None
    expires_at: Moment | None


class NewAgentKey(AgentKey, total=False):
    """A new key; `key` is its secret, which an answer that is given again does not have."""

    key: str


class AgentKeys(TypedDict):
    """The keys that work, newest first."""

    keys: list[AgentKey]


@agent_keys.get("/<agent_id>/keys")
@describes(AgentKeys)
def index(agent_id: str) -> Response:
    """An agent's keys that work, newest first, without their secrets."""
    with db.engine.connect() as connection:
        agent.find(connection, agent_id)
        rows = token.agent_keys(connection, agent_id, clock.now())
    return respond(json=lambda: {"keys": encoded(map(shape, rows))}, goto=f"/agents/{agent_id}/details")


@agent_keys.post("/<agent_id>/keys")
@form_page(pages.failed_form("details", "key"))
@describes(NewAgentKey, 201, body=KeyCreate)
def create(agent_id: str) -> Response:
    """Make a key, as an administrator or as the agent itself: rotation. Its secret is in this answer only."""
    body, by, behind = read(KeyCreate), g.identity.name, secret_behind()

    def make(tx: Transaction) -> token.Issued:
        agent.find(tx.connection, agent_id)
        overlap = timedelta(seconds=body.overlap)
        return token.agent_key(tx, agent_id, body.name.strip() or agent_id, by, overlap, behind)

    if not wants_json():
        new_key = write(make)
        credentials.forget()
        return html_response(pages.show(agent_id, "details", made_key=new_key), 201)
    answer = write_and_respond(make, json=with_secret, status=201, kept=lambda new_key: shape(new_key.row))
    credentials.forget()
    return answer


@agent_keys.delete("/<agent_id>/keys/<key_id>")
@describes(body=Revocation, codes=("TOKEN_NOT_FOUND",))
def delete(agent_id: str, key_id: str) -> Response:
    """Revoke a key: nothing is accepted from it any more, within a second; with `offspring` nor from what it made."""
    more, wanted = with_offspring(), keys_of(agent_id)

    def revoke(tx: Transaction) -> None:
        token.revoke(tx, key_id, *wanted)
        if more:
            tx.entries += [revoked_too(row) for row in token.revoke_made(tx, key_id)]

    write(revoke)
    credentials.forget()
    return respond(goto=f"/agents/{agent_id}/details")


@agent_keys.get("/<agent_id>/keys/<key_id>/offspring")
@describes(OffspringList, codes=("TOKEN_NOT_FOUND",))
def offspring(agent_id: str, key_id: str) -> Response:
    """What was made with a key and would live on without it: the keys that the agent made for itself."""
    with db.engine.connect() as connection:
        found = token.find(connection, key_id, *keys_of(agent_id))
        rows = token.living_on(connection, clock.now(), [found.id]).get(found.id, [])
    answer = {"offspring": [shapes.offspring(row) for row in rows]}
    return respond(json=lambda: answer, goto=f"/agents/{agent_id}/details")


def keys_of(agent_id: str) -> list[ColumnElement[bool]]:
    """Which secrets are this agent's keys."""
    return [token.TOKENS.c.kind == token.AGENT, token.TOKENS.c.agent_id == agent_id]


def with_secret(new_key: token.Issued) -> dict[str, Any]:
    """A new key, with the secret that is shown this once."""
    return shape(new_key.row) | {"key": new_key.secret}


def shape(row: Row[Any]) -> dict[str, Any]:
    """A key without its secret."""
    return {
        "id": row.id,
        "agent_id": row.agent_id,
        "name": row.name,
        "prefix": row.prefix,
        "made_by": row.made_by,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
        "expires_at": row.expires_at,
    }
