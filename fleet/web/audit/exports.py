"""The audit as a file: `/audit.jsonl` and `/audit.csv`, with the filters of the page."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec
from flask import Blueprint, Response, request

from fleet import clock
from fleet.db import db
from fleet.models.audit import Entry
from fleet.models.audit.listed import stretch
from fleet.web.audit.listing import AuditList
from fleet.web.audit.views import shape
from fleet.web.http import queries
from fleet.web.http.description import describes
from fleet.web.http.exports import CHUNK, Record, table_response

audit_exports = Blueprint("audit_exports", __name__)

COLUMNS = (*(field.name for field in msgspec.structs.fields(Entry)), "digest")


def wanted_entries() -> AuditList:
    """The filters in the query."""
    return AuditList.of(request.args)


@audit_exports.get("/audit.<any(csv, jsonl):kind>")
@describes(query=(wanted_entries,), status=200, files=("text/csv", "application/x-ndjson"))
def show(kind: str) -> Response:
    """All entries that match, newest first; a line of JSON without `digest` is what was hashed."""
    asked = wanted_entries()
    asked.require_good()
    queries.require_known()
    return table_response(f"audit-{clock.now():%Y-%m-%d}", kind, COLUMNS, partial(records, asked))


def records(asked: AuditList, before: int | None) -> tuple[Iterator[Record], int | None]:
    """The next chunk of entries that match, and where the one after it begins."""
    with db.engine.connect() as connection:
        part = stretch(connection, asked.wanted, CHUNK, before)
    return (shape(row) for row in part.rows), part.before
