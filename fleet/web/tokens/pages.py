"""The page of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, request
from sqlalchemy import Row

from fleet import clock
from fleet.db import db
from fleet.models import token
from fleet.models.token import Issued
from fleet.web.pages.page import Form, base_url, page_context, render
from fleet.web.security import policy
from fleet.web.tokens.listing import visible

DAY = 86400
LIVES = (
    (str(7 * DAY), "in 7 d"),
    (str(30 * DAY), "in 30 d"),
    (str(90 * DAY), "in 90 d"),
    (str(365 * DAY), "in 1 y"),
    ("null", "never, until it is revoked"),
)
ENDED_SHOWN = 100


def index(rows: Sequence[Row[Any]], new_token: Issued | None = None, form: Form | None = None) -> str:
    """The list, the form for a new one, and the new one's secret where one was just made."""
    with db.engine.connect() as connection:
        offspring = token.living_on(connection, clock.now(), [row.id for row in rows])
    context = page_context(title="Tokens", nav="tokens", crumbs=[("Tokens", None)])
    now = clock.now()
    good = [row for row in rows if token.alive(row, now)]
    ended = sorted((row for row in rows if not token.alive(row, now)), key=ended_at, reverse=True)
    return render(
        "tokens/index.html",
        context,
        good=good,
        ended=ended[:ENDED_SHOWN],
        ended_more=len(ended) > ENDED_SHOWN,
        made=new_token,
        offspring=offspring,
        lives=LIVES,
        base_url=base_url(),
        roles=[role for role in policy.ROLES if policy.allows(g.identity.role, role)],
        form=form or Form("token"),
    )


def ended_at(row: Row[Any]) -> Any:
    """When a token that has ended did so."""
    return row.revoked_at or row.expires_at


def failed_form(wrong_field: str | None, message: str) -> str:
    """The page with the form as it was sent."""
    return index(visible(), form=Form.failed("token", wrong_field, message))


def back() -> str:
    """Where a revocation's form came from: the account page lists one's own tokens too."""
    return "/account" if request.form.get("from") == "account" else "/tokens"
