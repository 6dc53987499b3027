"""How to add a host: one line to paste there."""

from __future__ import annotations

from flask import Blueprint, Response

from fleet.models.token import Issued
from fleet.web.framework.current import the_settings
from fleet.web.http.respond import respond
from fleet.web.pages.page import Form, base_url, page_context, render

new_host = Blueprint("new_host", __name__)


@new_host.get("/new")
def show() -> Response:
    """The page on which hosts are added."""
    return respond(page=page)


def page(enrolment: Issued | None = None, form: Form | None = None) -> str:
    """The same with the line that spends an enrolment key, which is shown this once, or with a form that failed."""
    root = the_settings().base_path
    context = page_context(title="Add a host", nav="hosts", crumbs=[("Hosts", f"{root}/hosts"), ("Add", None)])
    return render("hosts/new.html", context, base_url=base_url(), enrolment=enrolment, form=form or Form())
