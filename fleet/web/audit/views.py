"""`/audit`: who did what, with which result; for administrators, as a page and as JSON (security.md 22)."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Blueprint, Response, current_app, request
from sqlalchemy import Row, select

from fleet.db import db
from fleet.models.audit import ends
from fleet.models.audit.chain import entry_of
from fleet.models.audit.listed import Stretch, stretch
from fleet.models.audit.subject_names import NAMES
from fleet.web.audit.listing import PAGE, AuditList
from fleet.web.audit.verifications import standing
from fleet.web.audit.words import SPECIAL, said
from fleet.web.framework.current import the_settings
from fleet.web.http import queries
from fleet.web.http.respond import respond
from fleet.web.pages.page import page_context, render
from fleet.web.security.origins import SAFE

audit = Blueprint("audit", __name__)

SEQ_MOST = 10**11 - 1


@audit.get("")
def index() -> Response:
    """The entries that match, from the newest or from before `before` on."""
    asked = AuditList.of(request.args)
    before = queries.number("before", 0, 0, SEQ_MOST) or None
    return respond(page=lambda: page(asked, before), json=lambda: as_json(asked, before))


def page(asked: AuditList, before: int | None) -> str:
    """The page."""
    root = the_settings().base_path
    context = page_context(title="Audit", nav="audit", crumbs=[("Audit", None)])
    with db.engine.connect() as connection:
        part = stretch(connection, asked.wanted, PAGE, before)
    more = f"{root}/audit?{asked.query(before=str(part.before))}" if part.before else None
    return render(
        "audit/index.html",
        context,
        entries=part.rows,
        filters=asked,
        actions=actions(),
        said=said,
        names=names(part),
        before=before,
        more_href=more,
        query=asked.query(),
        standing=standing(),
    )


def as_json(asked: AuditList, before: int | None) -> dict[str, Any]:
    """A page of entries for programs; `before` is where the next one begins, null after the last."""
    asked.require_good()
    limit = queries.number("limit", PAGE, 1, queries.LIMIT_MOST)
    with db.engine.connect() as connection:
        part = stretch(connection, asked.wanted, limit, before)
        head = ends(connection).head
    return {"entries": [shape(row) for row in part.rows], "before": part.before, "head": str(head)}


def shape(row: Row[Any]) -> dict[str, Any]:
    """An entry as JSON: what its digest covers, in the same order, and the digest."""
    return msgspec.structs.asdict(entry_of(row)) | {"digest": row.digest.hex()}


def names(part: Stretch) -> dict[str, str]:
    """What those are called now who are named by their ids only: whose a token is, and what was acted on."""
    wanted = {row.person_id for row in part.rows} | {row.subject_id for row in part.rows if not row.subject_name}
    found: dict[str, str] = {}
    with db.engine.connect() as connection:
        for name in NAMES.values():
            ids = name.table.c.id
            found |= {row[0]: row[1] for row in connection.execute(select(ids, name).where(ids.in_(wanted)))}
    return found


def actions() -> list[str]:
    """Every action that there is to choose from."""
    unsafe = (rule for rule in current_app.url_map.iter_rules() if (rule.methods or set()) - set(SAFE))
    return sorted({rule.endpoint.removeprefix("v1_") for rule in unsafe} | set(SPECIAL))
