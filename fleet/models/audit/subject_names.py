"""What an entry calls its subject: the id, and a name where it has one, without anything secret in it."""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from fleet.db import Transaction
from fleet.logs import masked
from fleet.masking import mask
from fleet.models.agent.record import AGENTS
from fleet.models.person.record import PEOPLE
from fleet.models.task.record import TASKS
from fleet.models.token.record import TOKENS

# The first part of an id says what it is.
NOUNS = {
    "agt": "agent",
    "task": "task",
    "todo": "todo",
    "cmd": "command",
    "evt": "event",
    "usr": "person",
    "tok": "token",
}
NAMES = {"agent": AGENTS.c.name, "task": TASKS.c.title, "person": PEOPLE.c.name, "token": TOKENS.c.name}
# What a stop of one agent is called: no such agent's name can be taken for a stop's kind.
ONE_AGENT = "agent "
NAME_LONGEST, ID_LONGEST = 120, 80


def noun_of(subject_id: str) -> str | None:
    """What has such an id, or None."""
    return NOUNS.get(subject_id.partition("_")[0])


def row_in(result: object) -> Any:
    """What a verb gave back, a row or its JSON, alone or with a secret or a lease beside it; or None."""
    if isinstance(result, tuple) and not hasattr(result, "id"):
        result = result[0] if result else None
    if isinstance(result, dict) and isinstance(result.get("id"), str):
        return SimpleNamespace(id=result["id"], agent_name=result.get("agent_name"))
    return result if isinstance(getattr(result, "id", None), str) else None


def name_of(row: Any, noun: str | None) -> str | None:
    """The name in a row of that noun; a stop is named after the one agent that it holds, if it is one's."""
    if noun == "stop":
        whom = getattr(row, "agent_name", None)
        return safe_name(f"{ONE_AGENT}{whom}") if isinstance(whom, str) else None
    column = NAMES.get(noun or "")
    name = getattr(row, column.name, None) if column is not None else None
    return safe_name(name) if isinstance(name, str) else None


def name_before(tx: Transaction, noun: str | None, subject_id: str | None) -> str | None:
    """The name that something has which is about to be deleted."""
    column = NAMES.get(noun or "")
    if column is None or subject_id is None:
        return None
    name = tx.execute(select(column).where(column.table.c.id == subject_id)).scalar()
    return None if name is None else safe_name(name)


@lru_cache(maxsize=4096)
def safe_name(text: str) -> str:
    """A name as it is written down: short, and with what looks like a secret masked."""
    return masked(mask(text[: 4 * NAME_LONGEST]))[:NAME_LONGEST]


def safe_id(text: str) -> str:
    """An id as it stands in an address; that may be anything, a secret in the wrong place too."""
    return safe_name(text)[:ID_LONGEST]
