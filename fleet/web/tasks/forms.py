"""What the forms of the task pages send, as the verbs take it: numbers for ids, nothing for nobody."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, g, request
from sqlalchemy import select

from fleet.db import Transaction, db
from fleet.errors import Invalid, Stale
from fleet.models import task
from fleet.models.agent.record import AGENTS
from fleet.models.task.record import TASKS
from fleet.web.framework.messages import FORMS
from fleet.web.security.credentials import Identity

EDITED = ("title", "description", "priority", "labels", "depends_on", "required_capabilities")


def from_form(values: dict[str, Any]) -> dict[str, Any]:
    """A form's values with ids for numbers and None for an empty choice; a program's as they are.

    Raises Invalid, naming the field, for a task or an agent that is not there.
    """
    if request.mimetype not in FORMS:
        return values
    changes = dict(values)
    if "assigned_agent_id" in changes:
        changes["assigned_agent_id"] = known_agent(changes["assigned_agent_id"])
    if "depends_on" in changes:
        changes["depends_on"] = [task_id_of(item) for item in changes["depends_on"]]
    if changes.get("status") == "failed" and not changes.get("failure_reason"):
        changes["failure_reason"] = f"Set to failed by {g.identity.name}"
    return changes


def maker() -> task.Maker:
    """Who makes a task with the present request: an agent with its own key, a person however they come, else a token."""
    asks: Identity = g.identity
    if asks.agent_id is not None:
        return task.Maker("agent", asks.agent_id, asks.name)
    return task.Maker("person" if asks.person_id else "token", asks.holder_id, asks.name)


def known_agent(agent_id: str | None) -> str | None:
    """The agent's id; None for nobody. Raises Invalid."""
    if not agent_id:
        return None
    with db.engine.connect() as connection:
        row = connection.execute(select(AGENTS.c.id).where(AGENTS.c.id == agent_id)).one_or_none()
    if row is None:
        raise Invalid(
            "UNKNOWN_AGENT",
            "This agent is not there any more; choose another one.",
            field="assigned_agent_id",
        )
    return agent_id


def task_id_of(item: str) -> str:
    """The id of the task that somebody named by its number (`148`, `#148`) or its id. Raises Invalid."""
    digits = item.removeprefix("#")
    by_number = digits.isascii() and digits.isdigit() and len(digits) < 10
    condition = TASKS.c.number == int(digits) if by_number else TASKS.c.id == item
    with db.engine.connect() as connection:
        row = connection.execute(select(TASKS.c.id).where(condition)).one_or_none()
    if row is None:
        raise Invalid("INVALID_DEPENDS_ON", f"There is no task {item[:60]}.", field="depends_on")
    return str(row.id)


def digest(task: Any) -> str:
    """What the edit form showed, in a few letters: a lease that is renewed meanwhile does not change it."""
    text = "\x00".join(repr(getattr(task, name)) for name in EDITED)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def expect_shown(tx: Transaction, task_id: str, was: str | None) -> None:
    """Raise Stale when the task is not any more what the form showed; `was` is that one's digest."""
    if was and digest(task.find(tx.connection, task_id)) != was:
        raise Stale(
            "STALE_EDITION",
            "Somebody else changed this task meanwhile. What you typed is still here; saving it now replaces theirs.",
        )


def if_match() -> str | None:
    """The edition that an edit replaces: from the header, or from a form's address (`?edition=`)."""
    edition = request.args.get("edition", "")
    if request.mimetype in FORMS and edition.isascii() and edition.isdigit():
        return f'"{edition}"'
    return request.headers.get("If-Match")


def came_from_list() -> str | None:
    """The query of the list or board that the form stood on; None when it stood elsewhere."""
    parts = urlsplit(request.referrer or "")
    home = f"{current_app.config['FLEET'].base_path}/tasks"
    if parts.netloc != request.host or parts.path != home:
        return None
    return parts.query


def back_to(task_id: str) -> str:
    """Where a browser without htmx goes after a form on a task."""
    query = came_from_list()
    if query is None:
        return f"/tasks/{task_id}"
    return f"/tasks?{query}#task-card-{task_id}" if query else f"/tasks#task-card-{task_id}"
