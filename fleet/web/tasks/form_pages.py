"""The forms to make, edit, give and retry a task: each as a page of its own, and alone for the panel at the side."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request

from fleet.db import db
from fleet.models import task
from fleet.models.task import cards, listed
from fleet.models.task.cards import Card
from fleet.web.framework.current import the_settings
from fleet.web.http import queries
from fleet.web.http.comma_lists import line_of
from fleet.web.http.respond import respond
from fleet.web.pages.page import Form, page_context, render
from fleet.web.tasks import forms
from fleet.web.tasks.listing import WORDS

task_form_pages = Blueprint("task_form_pages", __name__)

LABELS_HINTED = 8


@task_form_pages.get("/new")
def new() -> Response:
    """The form for a new task: a page, or the panel's content."""
    form = Form(values={name: request.args.get(name, "")[:200] for name in ("labels", "assigned_agent_id")})
    return respond(page=lambda: fields_page(form), part=lambda: fields_part(form))


@task_form_pages.get("/<task_id>/edit")
def edit(task_id: str) -> Response:
    """The form for what a task says."""
    card, form = filled(task_id)
    return respond(page=lambda: fields_page(form, card), part=lambda: fields_part(form, card))


@task_form_pages.get("/<task_id>/assignee")
def assignee(task_id: str) -> Response:
    """Whom to give the task to; `to=in_progress` starts it as well."""
    card = one(task_id)
    form = Form(values={"status": queries.choice("to", ("assigned", "in_progress")) or ""})
    return respond(page=lambda: assign_page(card, form), part=lambda: assign_part(card, form))


@task_form_pages.get("/<task_id>/retry")
def retry(task_id: str) -> Response:
    """The form to open a task again that has ended, with other words and for whom one likes."""
    card, form = filled(task_id)
    return respond(page=lambda: retry_page(card, form), part=lambda: retry_part(card, form))


def one(task_id: str) -> Card:
    """The task. Raises NotFound."""
    with db.engine.connect() as connection:
        return cards.cards(connection, [task.find(connection, task_id)])[0]


def filled(task_id: str) -> tuple[Card, Form]:
    """The task and its form, filled with what it says now."""
    card = one(task_id)
    task = card.task
    with db.engine.connect() as connection:
        named = cards.blockers(connection, task.depends_on)
    numbers = [str(named[need].number) for need in task.depends_on if need in named]
    values = {
        "title": task.title,
        "description": task.description,
        "priority": task.priority,
        "labels": line_of(task.labels),
        "depends_on": ", ".join(numbers),
        "required_capabilities": line_of(task.required_capabilities),
    }
    return card, Form(values=values)


def fields_context(form: Form, card: Card | None) -> dict[str, Any]:
    """What the form to make or edit a task needs."""
    with db.engine.connect() as connection:
        return {
            "form": form,
            "card": card,
            "was": forms.digest(card.task) if card else "",
            "agents": [] if card else cards.assignable(connection),
            "labels": listed.labels_in_use(connection, LABELS_HINTED),
        }


def fields_part(form: Form, card: Card | None = None) -> str:
    """The form to make or edit a task, for the panel."""
    return part("tasks/_fields.html", fields_context(form, card))


def fields_page(form: Form, card: Card | None = None) -> str:
    """The form to make or edit a task, as a page."""
    heading = f"Edit task {card.task.number}" if card else "New task"
    return form_page(heading, "tasks/_fields.html", fields_context(form, card), card)


def retry_part(card: Card, form: Form) -> str:
    """The form to open a task again, for the panel."""
    return part("tasks/_retry.html", retry_context(card, form))


def retry_page(card: Card, form: Form) -> str:
    """The form to open a task again, as a page."""
    return form_page(f"Retry task {card.task.number}", "tasks/_retry.html", retry_context(card, form), card)


def retry_context(card: Card, form: Form) -> dict[str, Any]:
    """What the form to open a task again needs: what an edit shows, and whom it can be given to."""
    return assign_context(card, form) | {"was": forms.digest(card.task)}


def assign_context(card: Card, form: Form) -> dict[str, Any]:
    """What the form to give a task to an agent needs: who can do it, and who lacks something."""
    with db.engine.connect() as connection:
        agents = cards.assignable(connection)
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
    root = the_settings().base_path
    between = [(str(card.task.number), f"{root}/tasks/{card.task.id}")] if card else []
    crumbs = [("Tasks", f"{root}/tasks"), *between, (heading, None)]
    context = page_context(title=heading, nav="tasks", crumbs=crumbs)
    return render("tasks/form.html", context | details, form_template=template, in_panel=False)
