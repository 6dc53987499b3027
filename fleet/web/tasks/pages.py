"""The pages about tasks: board, list, and one task."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import request
from sqlalchemy import Connection

from fleet.db import db
from fleet.models import task
from fleet.models.task import cards as shown
from fleet.models.task import listed
from fleet.models.task.cards import Card
from fleet.models.task.record import STATUSES
from fleet.web.framework.current import the_settings
from fleet.web.http import queries
from fleet.web.http.comma_lists import line_of
from fleet.web.pages.page import Form, page_context, render
from fleet.web.tasks.listing import PAGE, VIEWS, WORDS, TaskList

REMEMBERED = "fleet_tasks_view"
YEAR = 31_536_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board: its status and word, how many match in all, and the first of them."""

    status: str
    word: str
    total: int
    cards: list[Card]


def index(asked: TaskList, messages: dict[str, str] | None = None) -> str:
    """Board or list; `said` holds what went wrong with which task, by id."""
    view = asked.view or remembered_view()
    return board(asked, messages or {}) if view == "board" else task_list(asked, messages or {})


def remembered_view() -> str:
    """Board or list, as this browser was told last."""
    view = request.cookies.get(REMEMBERED, "")
    return view if view in VIEWS else "board"


def remember(asked: TaskList) -> dict[str, str] | None:
    """The header that keeps a view for the next visit, when one was asked for."""
    if not asked.view:
        return None
    path = the_settings().base_path or "/"
    return {"Set-Cookie": f"{REMEMBERED}={asked.view}; Path={path}; Max-Age={YEAR}; HttpOnly; SameSite=Lax"}


def list_context(asked: TaskList, view: str) -> dict[str, Any]:
    """What board and list have in common; its cursor is taken before anything is read."""
    context = page_context(
        title="Tasks", nav="tasks", topics=[f"tasks?{asked.query(view=view)}"], crumbs=[("Tasks", None)]
    )
    with db.engine.connect() as connection:
        context |= {
            "filters": asked,
            "view": view,
            "words": WORDS,
            "counts": task.counts_by_status(connection, asked.any_status),
            "labels": [(line_of([label]), label) for label in listed.labels_in_use(connection)],
            "agents": shown.with_tasks(connection),
            "capabilities": [(name, name) for name in listed.capabilities_in_use(connection)],
        }
    return context


def board(asked: TaskList, messages: dict[str, str]) -> str:
    """Five columns, each with its first cards."""
    context = list_context(asked, "board")
    columns = []
    with db.engine.connect() as connection:
        for status in STATUSES:
            filters = replace(asked.any_status, status=status)
            cards = shown.cards(connection, listed.first(connection, filters, PAGE, status))
            columns.append(Column(status, WORDS[status], context["counts"][status], cards))
    return render("tasks/index.html", context, columns=columns, said=messages)


def task_list(asked: TaskList, messages: dict[str, str]) -> str:
    """One table; a status that is asked for has the order of its column."""
    context = list_context(asked, "list")
    offset = queries.number("offset", 0, 0, 2**31 - 1) if request.method == "GET" else 0
    with db.engine.connect() as connection:
        rows, total = task.page(connection, asked.wanted, PAGE, offset, asked.status)
        cards = shown.cards(connection, rows)
        assignable = shown.assignable(connection) if context["may"].operate else []
    reached = offset + len(cards)
    root = the_settings().base_path
    more = f"{root}/tasks?{asked.query(view='list', offset=str(reached))}" if reached < total else None
    page = {"cards": cards, "total": total, "reached": reached, "more_href": more, "assignable": assignable}
    return render("tasks/index.html", context, **page, said=messages)


def show(task_id: str, form: Form | None = None) -> str:
    """One task's page."""
    root = the_settings().base_path
    with db.engine.connect() as connection:
        number = task.find(connection, task_id).number
    context = page_context(
        title=f"Task {number}",
        nav="tasks",
        topics=[f"task/{task_id}"],
        crumbs=[("Tasks", f"{root}/tasks"), (str(number), None)],
    )
    with db.engine.connect() as connection:
        details = detailed(connection, task_id)
    return render("tasks/show.html", context, **details, words=WORDS, form=form or Form())


def detailed(connection: Connection, task_id: str) -> dict[str, Any]:
    """A task with all that its page and its page's pieces say. Raises NotFound."""
    row = task.find(connection, task_id)
    card = shown.cards(connection, [row])[0]
    claims = task.claims(connection, task_id)
    named = shown.blockers(connection, row.depends_on)
    return {
        "card": card,
        "needs": [named[need] for need in row.depends_on if need in named],
        "dependents": listed.dependents(connection, task_id),
        "claims": list(reversed(claims)),
        "claimants": shown.assignees(connection, [claim.agent_id for claim in claims]),
    }
