"""The lines of an agent's list."""

from __future__ import annotations

from typing import ClassVar, TypedDict

from flask import Blueprint, Response, request
from msgspec import UNSET, UnsetType

from fleet.db import db
from fleet.models import agent, json_types, shapes, todo
from fleet.web.agents import pages
from fleet.web.http.bodies import Body, Order, Text, read
from fleet.web.http.description import describes
from fleet.web.http.respond import respond
from fleet.web.http.writes import write, write_and_respond
from fleet.web.pages.forms import form_page

todos = Blueprint("todos", __name__)

NEED_TEXT = {"text": ("MISSING_TEXT", "Todo text is required")}


class TodoCreate(Body):
    """A new line; without `order` it becomes the last."""

    required: ClassVar = NEED_TEXT
    masked: ClassVar = ("text",)

    text: Text | UnsetType = UNSET
    order: Order | UnsetType = UNSET


class TodoPatch(Body):
    """A change of a line."""

    not_blank: ClassVar = NEED_TEXT
    masked: ClassVar = ("text",)

    text: Text | UnsetType = UNSET
    order: Order | UnsetType = UNSET
    completed: bool | UnsetType = UNSET
    current: bool | UnsetType = UNSET


class Todos(TypedDict):
    """An agent's list, in order."""

    todos: list[json_types.Todo]


@todos.get("/<agent_id>/todos")
@describes(Todos)
def index(agent_id: str) -> Response:
    """An agent's list, in order."""
    with db.engine.connect() as connection:
        agent.find(connection, agent_id)
        rows = todo.of_agent(connection, agent_id)
    return respond(json=lambda: {"todos": [shapes.todo(row) for row in rows]}, goto=f"/agents/{agent_id}")


@todos.post("/<agent_id>/todos")
@form_page(pages.failed_form("overview", "todo"))
@describes(json_types.Todo, 201, body=TodoCreate)
def create(agent_id: str) -> Response:
    """Add a line."""
    body = read(TodoCreate).given()
    return write_and_respond(
        lambda tx: todo.add(tx, agent_id, **body),
        json=shapes.todo,
        status=201,
        goto=f"/agents/{agent_id}",
    )


@todos.patch("/<agent_id>/todos/<todo_id>")
@describes(json_types.Todo, body=TodoPatch, edition=True)
def edit(agent_id: str, todo_id: str) -> Response:
    """Change a line: its text or place, ticked, current."""
    changes = read(TodoPatch).given()
    if_match = request.headers.get("If-Match")
    return write_and_respond(
        lambda tx: todo.edit(tx, agent_id, todo_id, changes, if_match),
        json=shapes.todo,
        goto=f"/agents/{agent_id}",
    )


@todos.delete("/<agent_id>/todos/<todo_id>")
@describes(edition=True)
def delete(agent_id: str, todo_id: str) -> Response:
    """Take a line off the list."""
    if_match = request.headers.get("If-Match")
    write(lambda tx: todo.remove(tx, agent_id, todo_id, if_match))
    return respond(goto=f"/agents/{agent_id}")
