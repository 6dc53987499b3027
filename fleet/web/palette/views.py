"""Search and command palette: `GET /search`, as a page, and as the palette's lines."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, g, request

from fleet.db import db
from fleet.web.http import queries
from fleet.web.http.respond import respond
from fleet.web.pages.page import page_context, render
from fleet.web.palette.finding import Asked, groups
from fleet.web.security.policy import May

search = Blueprint("search", __name__)


@search.get("/search")
def show() -> Response:
    """What the words `q` can mean; `verb`, `agent` and `task` are what was chosen before."""
    return respond(page=page, part=lines)


def page() -> str:
    """All of it, with plain links and forms."""
    asked = Asked.of(request.args)
    context = page_context(title="Search", nav=None, crumbs=[("Search", None)])
    with db.engine.connect() as connection:
        found_groups = groups(connection, asked, context["may"], whole=True)
    return render("palette/index.html", context, groups=found_groups, asked=asked)


def lines() -> str:
    """What the palette's listbox holds; `n` tells the browser which of its requests is answered."""
    asked, n = Asked.of(request.args), queries.number("n", 0, 0, 10**9)
    with db.engine.connect() as connection:
        found_groups = groups(connection, asked, May.of(g.identity.role))
    template = current_app.jinja_env.get_template("palette/_options.html")
    return template.render(groups=found_groups, asked=asked, n=n)
