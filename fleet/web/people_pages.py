"""The page of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from fleet import clock
from fleet.db import db
from fleet.models.person import listed
from fleet.models.token import ROLES
from fleet.web.pages import Form, page_context, render


def index(
    rows: Sequence[Row[Any]], form: Form | None = None, invited: Row[Any] | None = None, link: str = ""
) -> str:
    """The list, the invitation's form, and a one-time link where one was just made."""
    context = page_context(title="People", nav="people", crumbs=[("People", None)])
    return render(
        "people/index.html", context, people=rows, roles=ROLES, now=clock.now(),
        form=form or Form("person"), invited=invited, link=link,
    )  # fmt: skip


def with_link(person: Row[Any], link: str) -> str:
    """The page after somebody got a link, which is shown this once."""
    return index(everybody(), invited=person, link=link)


def again(wrong_field: str | None, message: str) -> str:
    """The page with the form as it was sent."""
    return index(everybody(), Form.failed("person", wrong_field, message))


def everybody() -> Sequence[Row[Any]]:
    """The rows of the list."""
    with db.engine.connect() as connection:
        return listed.listed(connection)
