"""A task form that failed, shown again: what was typed, and what was wrong where."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from flask import request

from fleet.web.http.negotiation import wants_fragment
from fleet.web.pages.page import Form
from fleet.web.tasks import form_pages, forms, pages
from fleet.web.tasks.listing import TaskList

NEEDED = {"title": "Task title is required", "description": "Task description is required"}


def failed(wrong_field: str | None, message: str) -> Form:
    """The form as it was sent: the error at its field, and those at the fields that stayed empty."""
    name = re.split(r"[.\[]", wrong_field)[0] if wrong_field else None
    form = Form(values=dict(request.form.items()))
    if name in form.values or name in NEEDED:
        form.errors[str(name)] = message
    else:
        form.error = message
    if "title" in form.values:
        empty = [field for field in NEEDED if not form.values.get(field, "").strip()]
        form.errors |= {field: NEEDED[field] for field in empty}
    return form


def new(wrong_field: str | None, message: str) -> str:
    """The form for a new task, again."""
    form = failed(wrong_field, message)
    return form_pages.fields_part(form) if wants_fragment() else form_pages.fields_page(form)


def edit(wrong_field: str | None, message: str, *, task_id: str) -> str:
    """Whichever form on this task was sent, again; a move says why not where the card is."""
    form, card = failed(wrong_field, message), form_pages.one(task_id)
    if "title" in request.form and request.args.get("form") == "retry":
        retry = form_pages.retry_part if wants_fragment() else form_pages.retry_page
        return retry(card, form)
    if "title" in request.form:
        show = form_pages.fields_part if wants_fragment() else form_pages.fields_page
        return show(form, card)
    if "assigned_agent_id" in request.form and "form" in request.args:
        give = form_pages.assign_part if wants_fragment() else form_pages.assign_page
        return give(card, form)
    return move(wrong_field, message, task_id=task_id)


def move(wrong_field: str | None, message: str, *, task_id: str) -> str:
    """The list or the page that the button stood on, with the reason beside the task."""
    query = forms.came_from_list()
    if query is None:
        return pages.show(task_id, failed(wrong_field, message))
    return pages.index(TaskList.of(dict(parse_qsl(query))), {task_id: message})
