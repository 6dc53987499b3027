"""`/audit`: who did what, with which result; for administrators, as a page and as JSON (security.md 22)."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, TypedDict

import msgspec
from flask import Blueprint, Response, request
from sqlalchemy import Row

from fleet.db import db
from fleet.models.audit import ends
from fleet.models.audit.chain import entry_of
from fleet.models.audit.listed import stretch
from fleet.web.audit import words
from fleet.web.audit.actors import groups
from fleet.web.audit.listing import PAGE, AuditList
from fleet.web.audit.names import names
from fleet.web.audit.verifications import standing
from fleet.web.framework.current import the_settings
from fleet.web.http import queries
from fleet.web.http.description import describes
from fleet.web.http.respond import encoded, respond
from fleet.web.pages.page import page_context, render

audit = Blueprint("audit", __name__)

SEQ_MOST = 10**11 - 1


def wanted_entries() -> AuditList:
    """The filters in the query."""
    return AuditList.of(request.args)


def wanted_before() -> int | None:
    """Before which entry; None for the newest."""
    return queries.number("before", 0, 0, SEQ_MOST) or None


def wanted_limit() -> int:
    """How many entries at most."""
    return queries.number("limit", PAGE, 1, queries.LIMIT_MOST)


class AuditEntries(TypedDict):
    """A page of entries, newest first; `before` is where the next one begins, null after the last."""

    entries: list[dict[str, Any]]
    before: int | None
    head: str


@audit.get("")
@describes(AuditEntries, query=(wanted_entries, wanted_before, wanted_limit))
def index() -> Response:
    """The entries that match, from the newest or from before `before` on."""
    asked = wanted_entries()
    before = wanted_before()
    return respond(page=lambda: page(asked, before), json=lambda: as_json(asked, before))


def page(asked: AuditList, before: int | None) -> str:
    """The page."""
    root = the_settings().base_path
    context = page_context(title="Audit", nav="audit", crumbs=[("Audit", None)])
    with db.engine.connect() as connection:
        part = stretch(connection, asked.on_page, PAGE, before)
        actors = groups(connection, asked.actor)
    more = f"{root}/audit?{asked.query(before=str(part.before))}" if part.before else None
    return render(
        "audit/index.html",
        context,
        part=part,
        filters=asked,
        actors=actors,
        actions=actions(asked.action),
        words=words,
        names=names(part.rows),
        before=before,
        more_href=more,
        query=asked.query(),
        standing=standing(),
    )


def as_json(asked: AuditList, before: int | None) -> dict[str, Any]:
    """A page of entries for programs; `before` is where the next one begins, null after the last."""
    asked.require_good()
    limit = wanted_limit()
    with db.engine.connect() as connection:
        part = stretch(connection, asked.wanted, limit, before)
        head = ends(connection).head
    return {"entries": encoded(shape(row) for row in part.rows), "before": part.before, "head": str(head)}


def shape(row: Row[Any]) -> dict[str, Any]:
    """An entry as JSON: what its digest covers, in the same order, and the digest."""
    return msgspec.structs.asdict(entry_of(row)) | {"digest": row.digest.hex()}


def actions(chosen: str) -> list[tuple[str, str]]:
    """Every action that there is to choose from, the chosen one among them, each with its words, in their order."""
    return sorted(((action, words.label(action)) for action in {*words.DEEDS, chosen} - {""}), key=itemgetter(1))
