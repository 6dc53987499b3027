"""Tags on agents: who carries one, and which there are."""

from __future__ import annotations

from collections import Counter

import msgspec
from sqlalchemy import ColumnElement, Connection, Text, cast, func, literal, select

from fleet.models.agent.record import AGENTS

TAGS = cast(AGENTS.c.tags, Text)


def carries(tag: str) -> ColumnElement[bool]:
    """The agent has this very tag.

    The list is JSON without spaces: with its bracket made a comma, each tag is a comma and its JSON.
    REPLACE tells small letters from great ones everywhere; LIKE does not on SQLite.
    """
    listed = literal(",").concat(func.substr(TAGS, 2))
    return func.replace(listed, "," + msgspec.json.encode(tag).decode(), "") != listed


def in_use(connection: Connection, most: int = 200) -> list[str]:
    """The tags that agents carry, in alphabetical order; the most used ones where there are too many."""
    lists = select(TAGS, func.count()).where(TAGS != "[]").group_by(TAGS).limit(2000)
    used: Counter[str] = Counter()
    for text, count in connection.execute(lists):
        used.update(dict.fromkeys(msgspec.json.decode(text), count))
    return sorted((tag for tag, _ in used.most_common(most)), key=str.casefold)
