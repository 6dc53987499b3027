"""The activity of all agents: one line per event, newest first, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import Connection, Row, select

from fleet import clock
from fleet.db import db
from fleet.db.long_reads import long
from fleet.models import shapes
from fleet.models.agent.record import AGENTS
from fleet.models.event import activity as followed
from fleet.models.event.activity_line import lines
from fleet.web.activity.listing import PAGE, ActivityList
from fleet.web.framework.current import the_settings
from fleet.web.http import queries
from fleet.web.http.exports import CHUNK, Record, table_response
from fleet.web.http.respond import respond
from fleet.web.pages.page import page_context, render

activity = Blueprint("activity", __name__)

AGENTS_MOST = 1000
SEQ_MOST = 10**11 - 1
COLUMNS = ("timestamp", "agent_id", "agent", "type", "message", "metadata", "id")


@activity.get("/activity")
def index() -> Response:
    """The lines that match, from the newest or from before `before` on."""
    asked = ActivityList.of(request.args)
    before = queries.number("before", 0, 0, SEQ_MOST) or None
    return respond(page=lambda: page(asked, before), json=lambda: as_json(asked, before))


@activity.get("/activity.<any(csv, jsonl):kind>")
def export(kind: str) -> Response:
    """All lines that match, newest first, as CSV or JSON Lines."""
    asked = ActivityList.of(request.args)
    asked.require_good()
    return table_response(f"activity-{clock.now():%Y-%m-%d}", kind, COLUMNS, partial(records, asked))


def page(asked: ActivityList, before: int | None) -> str:
    """The page; only the one with the newest lines follows what comes."""
    root = the_settings().base_path
    topics = [] if before else [f"activity?{asked.query()}"]
    context = page_context(title="Activity", nav="activity", topics=topics, crumbs=[("Activity", None)])
    with db.engine.connect() as connection:
        part = followed.stretch(connection, asked.wanted, PAGE, before)
        types = followed.types(connection)
        agents = named(connection, asked.agent)
    more = f"{root}/activity?{asked.query(before=str(part.before))}" if part.before else None
    return render(
        "activity/index.html",
        context,
        events=lines(part.rows),
        filters=asked,
        types=types,
        agents=agents,
        before=before,
        more_href=more,
        query=asked.query(),
    )


def named(connection: Connection, chosen: str) -> list[Row[Any]]:
    """The agents to choose from, by name; the chosen one is among them if it is there at all."""
    columns = select(AGENTS.c.id, AGENTS.c.name, AGENTS.c.worktree)
    first = long(columns.order_by(AGENTS.c.name, AGENTS.c.id).limit(AGENTS_MOST))
    rows: list[Row[Any]] = [*connection.execute(first)]
    if chosen and all(row.id != chosen for row in rows):
        rows += connection.execute(columns.where(AGENTS.c.id == chosen))
    return rows


def as_json(asked: ActivityList, before: int | None) -> dict[str, Any]:
    """A page of lines for programs; `before` is where the next one begins, null after the last."""
    asked.require_good()
    with db.engine.connect() as connection:
        part = followed.stretch(connection, asked.wanted, PAGE, before)
    return {"events": [shapes.event(row) for row in part.rows], "before": part.before}


def records(asked: ActivityList, before: int | None) -> tuple[Iterator[Record], int | None]:
    """The next chunk of lines that match, and where the one after it begins."""
    with db.engine.connect() as connection:
        part = followed.stretch(connection, asked.wanted, CHUNK, before)
    return (record(row) for row in part.rows), part.before


def record(row: Row[Any]) -> Record:
    """A line as a file has it."""
    return {
        "timestamp": row.timestamp,
        "agent_id": row.agent_id,
        "agent": row.agent_name,
        "type": row.type,
        "message": row.message,
        "metadata": row.details,
        "id": row.id,
    }
