"""Telling an agent something, or a host what it is to run: what a request says, and the write that it becomes."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from flask import g
from msgspec import UNSET, UnsetType

from fleet.db import Transaction
from fleet.errors import Invalid
from fleet.links import Links
from fleet.models import command, execution, json_types
from fleet.models.shapes import JSON
from fleet.parts import the
from fleet.web.agents.orders import ShellParams, order_of, seal
from fleet.web.http.bodies import Body, Seconds, Text, blank


class CommandCreate(Body):
    """Words for an agent (`content`), or work for a host (type `shell`, `params`); it waits `expires_in` seconds."""

    wrong: ClassVar = {"type": "Invalid command type"}
    recorded: ClassVar = ("type",)

    content: Text | UnsetType = UNSET
    type: json_types.CommandType = "instruction"
    params: ShellParams | UnsetType = UNSET
    expires_in: Seconds | UnsetType = UNSET


def words_for_agent(agent_id: str, body: CommandCreate) -> Callable[[Transaction], JSON]:
    """The write that tells an agent something. Raises Invalid."""
    if body.content is UNSET or blank(body.content):
        raise Invalid("MISSING_CONTENT", "Command content is required", field="content")
    if body.params is not UNSET:
        raise Invalid("INVALID_PARAMS", "Only a command of type shell has params.", field="params")
    content, expires_in, sent_by = body.content, given(body.expires_in), g.identity.name

    def send(tx: Transaction) -> JSON:
        sent = command.send(tx, agent_id, body.type, content, sent_by=sent_by, expires_in=expires_in)
        return command.as_json(tx.connection, sent)

    return send


def work_for_host(agent_id: str, body: CommandCreate) -> Callable[[Transaction], JSON]:
    """The write that queues a shell command. Raises Invalid."""
    if body.content is not UNSET:
        raise Invalid("INVALID_CONTENT", "What a host is to run stands in params.command.", field="content")
    order = order_of(ShellParams() if body.params is UNSET else body.params)
    expires_in, sent_by = given(body.expires_in), g.identity.name
    linked = the(Links).promise(agent_id)

    def queue(tx: Transaction) -> JSON:
        sent = execution.queue(tx, agent_id, order, seal, sent_by=sent_by, expires_in=expires_in, linked=linked)
        return execution.with_executions(tx.connection, [command.as_json(tx.connection, sent)])[0]

    return queue


def given(seconds: int | UnsetType) -> int | None:
    """A field's value, None where it was left away."""
    return None if seconds is UNSET else seconds
