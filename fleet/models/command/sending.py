"""Sending a command: queued, in the order in which it was sent (I4)."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, insert

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Record, Stored
from fleet.errors import Conflict
from fleet.models.agent.record import find as find_agent
from fleet.models.command.record import COMMANDS, SHELL
from fleet.models.hold import withheld_frames
from fleet.models.ids import new_id
from fleet.models.journal import frames

_FILLED = (
    "id",
    "agent_id",
    "type",
    "content",
    "status",
    "state",
    "sent_by",
    "answers",
    "options",
    "stop_id",
    "bulk_id",
    "sent_at",
    "expires_at",
)
INSERT = Prepared(insert(COMMANDS).values({name: bindparam(name) for name in _FILLED}).returning(COMMANDS))
# contract.md: words wait 7 days for an agent that is not there.
WORDS_WAIT = timedelta(days=7)


class Act(NamedTuple):
    """The greater act that a command is a part of: a stop, or the same words for many agents."""

    stop_id: str | None = None
    bulk_id: str | None = None


ALONE = Act()


class Asked(NamedTuple):
    """What an agent waits for: its question, if it put one, and the likely answers beside it."""

    question: str | None
    options: list[str]


def send(
    tx: Transaction,
    agent_id: str,
    kind: str,
    content: str,
    *,
    sent_by: str | None = None,
    answers: Asked | None = None,
    expires_in: int | None = None,
    part_of: Act = ALONE,
) -> Record:
    """Queue words for an agent, or work for a host; it waits `expires_in` seconds (7 days by default).

    While the agent is held (`fleet.models.hold`) it waits for that too, except a
    stop's own. Raises NotFound, and Conflict for what this kind of agent does not take.
    """
    require_suitable(find_agent(tx.connection, agent_id), kind)
    wait = timedelta(seconds=expires_in) if expires_in is not None else WORDS_WAIT
    [row] = INSERT.all(
        tx.connection,
        {
            "id": new_id("cmd"),
            "agent_id": agent_id,
            "type": kind,
            "content": content,
            "status": "sent",
            "state": "queued",
            "sent_by": sent_by,
            "answers": answers.question if answers else None,
            "options": answers.options if answers else None,
            "stop_id": part_of.stop_id,
            "bulk_id": part_of.bulk_id,
            "sent_at": tx.now,
            "expires_at": tx.now + wait,
        },
    )
    if part_of.stop_id is None:
        withheld_frames.announce_command(tx, row)
    else:
        frames.command_received(tx, row)
    return row


def require_suitable(agent: Stored, kind: str) -> None:
    """Raise Conflict for words to a host, which reads none, and for a shell command to an AI agent."""
    if kind == SHELL and agent.kind != "host":
        raise Conflict("NOT_A_HOST", "Shell commands run on hosts; this is a coding agent.", field="type")
    if kind != SHELL and agent.kind == "host":
        raise Conflict("IS_A_HOST", "A host reads no words; send it a command of type shell.", field="type")
