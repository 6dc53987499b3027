"""The page of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, request
from sqlalchemy import Row

from fleet import clock
from fleet.models.token import Made
from fleet.web import policy
from fleet.web.pages import Form, page_context, render


def index(rows: Sequence[Row[Any]], made: Made | None = None, form: Form | None = None) -> str:
    """The list, the form for a new one, and the new one's secret where one was just made."""
    context = page_context(title="Tokens", nav="tokens", crumbs=[("Tokens", None)])
    roles = [role for role in policy.ROLES if policy.allows(g.identity.role, role)]
    return render(
        "tokens/index.html", context, tokens=rows, now=clock.now(), made=made, roles=roles,
        form=form or Form("token"),
    )  # fmt: skip


def again(wrong_field: str | None, message: str) -> str:
    """The page with the form as it was sent."""
    from fleet.web.tokens import visible

    return index(visible(), form=Form.failed("token", wrong_field, message))


def back() -> str:
    """Where a revocation's form came from: the account page lists one's own tokens too."""
    return "/account" if request.form.get("from") == "account" else "/tokens"
