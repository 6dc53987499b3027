"""Tags and capabilities of agents: who has one, and which there are; and in which repositories they work."""

from __future__ import annotations

from collections import Counter

import msgspec
from sqlalchemy import ColumnElement, Connection, Text, and_, cast, func, or_, select

from fleet.db import json_lists
from fleet.db.long_reads import long
from fleet.models.agent.record import AGENTS

TAGS, CAPABILITIES = cast(AGENTS.c.tags, Text), cast(AGENTS.c.capabilities, Text)
# Without the slashes at its end, as Readings.repository reads it.
WORKTREE = func.rtrim(AGENTS.c.worktree, "/")


def carries(tag: str, words: ColumnElement[str] = TAGS) -> ColumnElement[bool]:
    """The agent has this very tag, or capability."""
    return json_lists.holds(words, tag)


def works_in(repository: str) -> ColumnElement[bool]:
    """The last part of the agent's worktree is this very name."""
    if "/" in repository:
        return and_(WORKTREE.is_not_distinct_from(""), AGENTS.c.worktree == repository)
    end = func.substr(WORKTREE, func.length(WORKTREE) - len(repository))
    return or_(WORKTREE.is_not_distinct_from(repository), end.is_not_distinct_from(f"/{repository}"))


def repositories(connection: Connection, most: int = 200) -> list[str]:
    """The repositories in which agents work, in alphabetical order."""
    working = select(AGENTS.c.worktree).where(AGENTS.c.kind == "coding")
    paths = connection.execute(long(working.distinct().limit(2000))).scalars()
    names = {path.rstrip("/").rpartition("/")[2] or path for path in paths}
    return sorted(names, key=str.casefold)[:most]


def in_use(
    connection: Connection, words: ColumnElement[str] = TAGS, most: int = 200, *, kind: str = "coding"
) -> list[str]:
    """The tags, or capabilities, that agents of this kind have, in alphabetical order; the most used where there are too many."""
    lists = select(words, func.count()).where(AGENTS.c.kind == kind, words != "[]").group_by(words).limit(2000)
    used: Counter[str] = Counter()
    for text, count in connection.execute(long(lists)):
        used.update(dict.fromkeys(msgspec.json.decode(text), count))
    return sorted((tag for tag, _ in used.most_common(most)), key=str.casefold)
