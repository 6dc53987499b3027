"""The pages about tasks: board and list, one task, and the forms to make, edit and give one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, request
from sqlalchemy import Connection

from fleet.db import db
from fleet.models.task import listed, shown
from fleet.models.task.record import STATUSES
from fleet.models.task.shown import Card
from fleet.web import queries, task_forms
from fleet.web.pages import Form, page_context, render
from fleet.web.respond import respond
from fleet.web.task_list import PAGE, VIEWS, WORDS, TaskList

task_pages = Blueprint("task_pages", __name__)

REMEMBERED = "fleet_tasks_view"
YEAR = 31_536_000
LABELS_HINTED = 8


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board: its status and word, how many match in all, and the first of them."""

    status: str
    word: str
    total: int
    cards: list[Card]


def index(asked: TaskList, said: dict[str, str] | None = None) -> str:
    """Board or list; `said` holds what went wrong with which task, by id."""
    view = asked.view or remembered_view()
    return board(asked, said or {}) if view == "board" else task_list(asked, said or {})


def remembered_view() -> str:
    """Board or list, as this browser was told last."""
    view = request.cookies.get(REMEMBERED, "")
    return view if view in VIEWS else "board"


def remember(asked: TaskList) -> dict[str, str] | None:
    """The header that keeps a view for the next visit, when one was asked for."""
    if not asked.view:
        return None
    path = current_app.config["FLEET"].base_path or "/"
    return {"Set-Cookie": f"{REMEMBERED}={asked.view}; Path={path}; Max-Age={YEAR}; HttpOnly; SameSite=Lax"}


def list_context(asked: TaskList, view: str) -> dict[str, Any]:
    """What board and list have in common; its cursor is taken before anything is read."""
    context = page_context(
        title="Tasks", nav="tasks", topics=[f"tasks?{asked.query(view=view)}"], crumbs=[("Tasks", None)]
    )
    with db.engine.connect() as connection:
        context |= {
            "filters": asked, "view": view, "words": WORDS,
            "counts": listed.counts_by_status(connection, asked.any_status),
            "labels": [(label, label) for label in listed.labels_in_use(connection)],
            "agents": shown.with_tasks(connection),
        }  # fmt: skip
    return context


def board(asked: TaskList, said: dict[str, str]) -> str:
    """Five columns, each with its first cards."""
    context = list_context(asked, "board")
    columns = []
    with db.engine.connect() as connection:
        for status in STATUSES:
            wanted = TaskList(asked.q, asked.labels, asked.assignee, asked.least, status).wanted
            cards = shown.cards(connection, listed.first(connection, wanted, PAGE, status))
            columns.append(Column(status, WORDS[status], context["counts"][status], cards))
    return render("tasks/index.html", context, columns=columns, said=said)


def task_list(asked: TaskList, said: dict[str, str]) -> str:
    """One table; a status that is asked for has the order of its column."""
    context = list_context(asked, "list")
    offset = queries.number("offset", 0, 0, 2**31 - 1) if request.method == "GET" else 0
    with db.engine.connect() as connection:
        rows, total = listed.page(connection, asked.wanted, PAGE, offset, asked.status)
        cards = shown.cards(connection, rows)
    reached = offset + len(cards)
    root = current_app.config["FLEET"].base_path
    more = f"{root}/tasks?{asked.query(view='list', offset=str(reached))}" if reached < total else None
    return render(
        "tasks/index.html", context, cards=cards, total=total, reached=reached, more_href=more, said=said
    )


def show(task_id: str, form: Form | None = None) -> str:
    """One task's page."""
    root = current_app.config["FLEET"].base_path
    with db.engine.connect() as connection:
        number = listed.get(connection, task_id).number
    context = page_context(
        title=f"Task {number}", nav="tasks", topics=[f"task/{task_id}"],
        crumbs=[("Tasks", f"{root}/tasks"), (str(number), None)],
    )  # fmt: skip
    with db.engine.connect() as connection:
        details = detailed(connection, task_id)
    return render("tasks/show.html", context, **details, words=WORDS, form=form or Form())


def detailed(connection: Connection, task_id: str) -> dict[str, Any]:
    """A task with all that its page and its page's pieces say. Raises NotFound."""
    row = listed.get(connection, task_id)
    card = shown.cards(connection, [row])[0]
    claims = listed.claims(connection, task_id)
    named = shown.blockers(connection, row.depends_on)
    return {
        "card": card,
        "needs": [named[need] for need in row.depends_on if need in named],
        "dependents": listed.dependents(connection, task_id),
        "claims": list(reversed(claims)),
        "claimants": shown.assignees(connection, [claim.agent_id for claim in claims]),
    }


@task_pages.get("/new")
def new() -> Response:
    """The form for a new task: a page, or the panel's content."""
    form = Form(values={name: request.args.get(name, "")[:200] for name in ("labels", "assigned_agent_id")})
    return respond(page=lambda: fields_page(form), part=lambda: fields_part(form))


@task_pages.get("/<task_id>/edit")
def edit(task_id: str) -> Response:
    """The form for what a task says."""
    card, form = filled(task_id)
    return respond(page=lambda: fields_page(form, card), part=lambda: fields_part(form, card))


@task_pages.get("/<task_id>/assignee")
def assignee(task_id: str) -> Response:
    """Whom to give the task to; `to=in_progress` starts it as well."""
    card = one(task_id)
    form = Form(values={"status": queries.choice("to", ("assigned", "in_progress")) or ""})
    return respond(page=lambda: assign_page(card, form), part=lambda: assign_part(card, form))


def one(task_id: str) -> Card:
    """The task. Raises NotFound."""
    with db.engine.connect() as connection:
        return shown.cards(connection, [listed.get(connection, task_id)])[0]


def filled(task_id: str) -> tuple[Card, Form]:
    """The task and its form, filled with what it says now."""
    card = one(task_id)
    task = card.task
    with db.engine.connect() as connection:
        named = shown.blockers(connection, task.depends_on)
    numbers = [str(named[need].number) for need in task.depends_on if need in named]
    values = {
        "title": task.title, "description": task.description, "priority": task.priority,
        "labels": ", ".join(task.labels), "depends_on": ", ".join(numbers),
        "required_capabilities": ", ".join(task.required_capabilities),
    }  # fmt: skip
    return card, Form(values=values)


def fields_context(form: Form, card: Card | None) -> dict[str, Any]:
    """What the form to make or edit a task needs."""
    with db.engine.connect() as connection:
        return {
            "form": form, "card": card, "was": task_forms.digest(card.task) if card else "",
            "agents": [] if card else shown.assignable(connection),
            "labels": listed.labels_in_use(connection, LABELS_HINTED),
        }  # fmt: skip


def fields_part(form: Form, card: Card | None = None) -> str:
    """The form to make or edit a task, for the panel."""
    return part("tasks/_fields.html", fields_context(form, card))


def fields_page(form: Form, card: Card | None = None) -> str:
    """The form to make or edit a task, as a page."""
    heading = f"Edit task {card.task.number}" if card else "New task"
    return form_page(heading, "tasks/_fields.html", fields_context(form, card), card)


def assign_context(card: Card, form: Form) -> dict[str, Any]:
    """What the form to give a task to an agent needs: who can do it, and who lacks something."""
    with db.engine.connect() as connection:
        agents = shown.assignable(connection)
    needs = set(card.task.required_capabilities)
    able = [agent for agent in agents if needs <= set(agent.capabilities)]
    unable = [agent for agent in agents if not needs <= set(agent.capabilities)]
    return {"form": form, "card": card, "able": able, "unable": unable, "words": WORDS}


def assign_part(card: Card, form: Form) -> str:
    """The form to give a task to an agent, for the panel."""
    return part("tasks/_assign.html", assign_context(card, form))


def assign_page(card: Card, form: Form) -> str:
    """The form to give a task to an agent, as a page."""
    heading = f"Assign task {card.task.number}"
    return form_page(heading, "tasks/_assign.html", assign_context(card, form), card)


def part(template: str, context: dict[str, Any]) -> str:
    """A form alone, as the panel shows it."""
    return current_app.jinja_env.get_template(template).render(**context, in_panel=True)


def form_page(heading: str, template: str, details: dict[str, Any], card: Card | None) -> str:
    """A form as a page of its own."""
    root = current_app.config["FLEET"].base_path
    between = [(str(card.task.number), f"{root}/tasks/{card.task.id}")] if card else []
    crumbs = [("Tasks", f"{root}/tasks"), *between, (heading, None)]
    context = page_context(title=heading, nav="tasks", crumbs=crumbs)
    return render("tasks/form.html", context | details, form_template=template, in_panel=False)
