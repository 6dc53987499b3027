"""Whom the audit can be narrowed to: by kind, or one person, token or agent."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from fleet.db.long_reads import long
from fleet.models import person, token
from fleet.models.agent.record import AGENTS
from fleet.models.audit.record import AGENT, CONSOLE, FLEET, NOBODY, PERSON, TOKEN

# So many of a kind to choose from; words and links lead to the others.
MOST = 500
KINDS = (
    (PERSON, "Any person, in a browser"),
    (TOKEN, "Any token"),
    (AGENT, "Any agent, by its own key"),
    (CONSOLE, "Somebody at the console"),
    (FLEET, "Fleet by itself"),
    (NOBODY, "Nobody known"),
)


class Group(NamedTuple):
    """Choices under a heading: what stands in the address, and what it is called."""

    heading: str
    choices: list[tuple[str, str]]


def groups(connection: Connection, chosen: str) -> list[Group]:
    """All there is to choose from; `chosen` is among them, though it may be gone."""
    named = select(AGENTS.c.id, AGENTS.c.name).order_by(AGENTS.c.name, AGENTS.c.id)
    agents = connection.execute(long(named.limit(MOST)))
    tokens = [(row.id, f"{row.name}, of {row.owner}" if row.owner else row.name) for row in token.listed(connection)]
    found = [
        Group("Kind", [*KINDS]),
        Group("People", [(row.id, row.name) for row in person.everybody(connection)][:MOST]),
        Group("Tokens", tokens[:MOST]),
        Group("Agents", [(row.id, row.name) for row in agents]),
    ]
    known = {value for group in found for value, _ in group.choices}
    if chosen and chosen not in known:
        found.append(Group("Other", [(chosen, chosen)]))
    return [group for group in found if group.choices]
