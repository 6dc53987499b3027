"""What was made with a secret and lives on when that is revoked: tokens, agents' keys, enrolment keys that wait.

Whoever stole a token may have made more of them with it. What a secret made
ends with it where that says so (`parent_id`); the rest is here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from fleet.db import Transaction
from fleet.models.agent.record import AGENTS
from fleet.models.token.listed import good
from fleet.models.token.record import AGENT, TOKENS
from fleet.models.token.revocation import end, end_made_with

KINDS = ("token", AGENT, "enrolment")
# As far as made by one another, with the names of the agents whose keys they are.
MADE = (
    select(TOKENS, AGENTS.c.name.label("agent_name"))
    .outerjoin_from(TOKENS, AGENTS, AGENTS.c.id == TOKENS.c.agent_id)
    .where(TOKENS.c.kind.in_(KINDS), TOKENS.c.made_with.is_not(None))
    .order_by(TOKENS.c.created_at, TOKENS.c.id)
)


def living_on(connection: Connection, now: datetime, token_ids: Iterable[str]) -> dict[str, list[Row[Any]]]:
    """For each of these secrets that made something: what would live on, oldest first, and what that made in turn."""
    children: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(MADE):
        children[row.made_with].append(row)
    alive = {row.id for row in connection.execute(select(TOKENS.c.id).where(TOKENS.c.kind.in_(KINDS), good(now)))}
    found = {token_id: lives_on(children, alive, token_id) for token_id in token_ids if token_id in children}
    return {token_id: rows for token_id, rows in found.items() if rows}


def lives_on(children: dict[str, list[Row[Any]]], alive: set[str], token_id: str) -> list[Row[Any]]:
    """Those of a secret's descendants that are good, and do not end with it."""
    left: list[Row[Any]] = []
    ends, front, seen = {token_id}, [token_id], {token_id}
    while front:
        for row in children.get(front.pop(), ()):
            if row.id in seen:
                continue
            seen.add(row.id)
            front.append(row.id)
            if row.parent_id in ends:
                ends.add(row.id)
            elif row.id in alive:
                left.append(row)
    return sorted(left, key=lambda row: (row.created_at, row.id))


def revoke_made(tx: Transaction, token_id: str) -> Sequence[Row[Any]]:
    """End what would live on without the secret that made it; returns which those were."""
    rows = living_on(tx.connection, tx.now, [token_id]).get(token_id, [])
    if rows:
        end(tx, TOKENS.c.id.in_([row.id for row in rows]))
        for row in rows:
            end_made_with(tx, row.id)
    return rows
