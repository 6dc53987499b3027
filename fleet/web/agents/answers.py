"""A person's answer to an agent's question."""

from __future__ import annotations

from typing import ClassVar

from flask import Blueprint, Response, g
from msgspec import UNSET, UnsetType

from fleet.db import Transaction
from fleet.models import agent, command, json_types
from fleet.models.shapes import JSON
from fleet.web.agents import pages
from fleet.web.http.bodies import Body, Text, read
from fleet.web.http.description import describes
from fleet.web.http.writes import write_and_respond
from fleet.web.live.topics import partial
from fleet.web.pages.forms import form_page

answers = Blueprint("answers", __name__)


class Answer(Body):
    """The answer, and the question that the person saw, so that no answer meets another question."""

    required: ClassVar = {"content": ("MISSING_CONTENT", "An answer is required")}

    content: Text | UnsetType = UNSET
    question: Text | None = None


class TakenBack(Body):
    """Which answer is meant, where another one may have been given since."""

    command: Text | None = None


@answers.post("/<agent_id>/answer")
@form_page(pages.failed_form("overview", "answer"))
@describes(json_types.Command, 201, body=Answer, codes=("NO_PENDING_QUESTION", "QUESTION_ANSWERED", "QUESTION_CHANGED"))
def create(agent_id: str) -> Response:
    """Answer the pending question: a `feedback` command that says what it answers."""
    body = read(Answer)
    sent_by = g.identity.name

    def send(tx: Transaction) -> JSON:
        sent = agent.answer(tx, agent_id, str(body.content), body.question, sent_by)
        return command.as_json(tx.connection, sent)

    return write_and_respond(
        send,
        json=lambda sent: sent,
        part=lambda sent: partial("agents/_answer_sent.html", command=sent),
        status=201,
        goto=f"/agents/{agent_id}",
    )


@answers.delete("/<agent_id>/answer")
@describes(json_types.Command, body=TakenBack, codes=("COMMAND_ALREADY_READ", "COMMAND_NOT_FOUND", "NOT_ANSWERED"))
def delete(agent_id: str) -> Response:
    """Take the answer back while the agent has not read it: its question is open again."""
    command_id = read(TakenBack).command

    def take_back(tx: Transaction) -> JSON:
        return command.as_json(tx.connection, agent.take_back(tx, agent_id, command_id))

    return write_and_respond(take_back, json=lambda taken: taken, goto=f"/agents/{agent_id}")
