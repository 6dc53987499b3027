"""Revoking what a secret made along with it: whether that is wanted, and what the audit says of it."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from flask import g, request
from sqlalchemy import Row

from fleet.errors import Forbidden
from fleet.models import token
from fleet.models.audit import Entry
from fleet.models.json_types import Moment
from fleet.web.framework.messages import FORMS
from fleet.web.http.bodies import Body, read
from fleet.web.security import audit_trail, policy

ACTIONS = {"token": "tokens.delete", token.AGENT: "agent_keys.delete", "enrolment": "enrolment_keys.delete"}


class Offspring(TypedDict):
    """A token or key that another one made."""

    kind: Literal["token", "agent_key", "enrolment_key"]
    id: str
    name: str
    role: str
    agent_id: str | None
    created_at: Moment
    last_used_at: Moment | None
    expires_at: Moment | None


class OffspringList(TypedDict):
    """What lives on without the one that made it."""

    offspring: list[Offspring]


class Revocation(Body):
    """Whether what was made with the secret, and would live on, ends too."""

    offspring: bool = False


def with_offspring() -> bool:
    """True when the request asks for that. Raises Forbidden for anybody but administrators."""
    form = request.mimetype in FORMS
    wanted = request.form.get("offspring") == "true" if form else read(Revocation).offspring
    if wanted and not policy.allows(g.identity.role, "admin"):
        raise Forbidden("FORBIDDEN", "Only an administrator ends what a token has made.", field="offspring")
    return wanted


def revoked_too(row: Row[Any]) -> Entry:
    """What the audit says of a secret that ended with the one that made it."""
    subject, part = (row.agent_id, row.id) if row.kind == token.AGENT else (row.id, None)
    return audit_trail.besides(ACTIONS[row.kind], subject, row.agent_name or row.name, part)
