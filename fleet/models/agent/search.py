"""Agents as a person names them, half a word being enough."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, and_, case, func, select

from fleet.db import words as texts
from fleet.db.long_reads import long
from fleet.models.agent import listed
from fleet.models.agent.record import AGENTS, Agent

NEWEST_FIRST = func.coalesce(AGENTS.c.activity_at, AGENTS.c.updated_at).desc()


def search(
    connection: Connection, words: str, limit: int, *, waiting: bool = False, kind: str | None = "coding"
) -> list[Agent]:
    """Agents with every word in name, task, host or place: names first, then by what needs attention.

    `waiting` asks for those with an unanswered question only; `kind` None for hosts
    too, which nobody can tell words or give tasks. No words match all.
    """
    filters = listed.Filter(kind=kind, words=words or None, group="waiting_feedback" if waiting else None)
    named = [texts.mentions(AGENTS.c.name, word) for word in words.split()[:8]]
    begins = texts.begins(AGENTS.c.name, words)
    whole = texts.equals(AGENTS.c.name, words)
    closeness = [case((whole, 0), (begins, 1), (and_(*named), 2), else_=3)] if named else []
    found = (
        select(AGENTS)
        .where(*filters.conditions())
        .order_by(*closeness, listed.URGENCY, NEWEST_FIRST, AGENTS.c.id)
        .limit(limit)
    )
    return listed.records(connection.execute(long(found)).all())


def addressed(connection: Connection, tokens: Sequence[str], limit: int) -> tuple[list[Agent], int]:
    """The agents that a sentence begins with, and how many of its words are their name.

    As many words as possible: `code reviewer please` names "Code Reviewer", then says "please"; so does
    `reviewer please`, where nobody's name begins so.
    """
    tokens = [str(texts.folded(token)) for token in tokens[:8]]
    first = [texts.mentions(AGENTS.c.name, token) for token in tokens[:1]]
    named = (
        select(AGENTS.c.id, AGENTS.c.name)
        .where(AGENTS.c.kind == "coding", *first)
        .order_by(listed.URGENCY, NEWEST_FIRST, AGENTS.c.id)
    )
    candidates = [(words_of(row.name), row.id) for row in connection.execute(long(named.limit(500)))]
    for count in range(len(tokens), 0, -1):
        fitting = [
            (place, len(name) > count, agent_id)
            for name, agent_id in candidates
            if (place := place_in(name, tokens[:count])) is not None
        ]
        if fitting:
            ids = [agent_id for _, _, agent_id in sorted(fitting, key=lambda one: one[:2])[:limit]]
            return in_order(connection, ids), count
    return [], 0


def in_order(connection: Connection, ids: Sequence[str]) -> list[Agent]:
    """The agents with these ids, in the ids' order."""
    rows = connection.execute(select(AGENTS).where(AGENTS.c.id.in_(ids))).all()
    return sorted(listed.records(rows), key=lambda agent: ids.index(agent.id))


def words_of(name: str) -> list[str]:
    """A name's words, as they are compared."""
    return str(texts.folded(name)).split()


def place_in(name: list[str], tokens: Sequence[str]) -> int | None:
    """At which of a name's words `tokens` begin, or None: they begin words that follow each other."""
    return next((place for place in range(len(name)) if begins(name[place:], tokens)), None)


def begins(name: list[str], tokens: Sequence[str]) -> bool:
    """True when each of `tokens` begins the word of the name at its place."""
    return len(tokens) <= len(name) and all(word.startswith(token) for word, token in zip(name, tokens, strict=False))
