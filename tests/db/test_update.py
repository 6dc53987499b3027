"""A row that is known because it was just written is the row that is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fleet.db import Transaction, write
from fleet.db.record import Record
from fleet.db.update import rewrite
from fleet.models import agent
from fleet.models.agent.record import AGENTS
from tests.support.application import application, rows

CHANGES: list[dict[str, Any]] = [
    {"progress": 40, "name_is_derived": True},
    {"tags": ["a", "é"], "pending_question": "May I?\nReally", "status": "waiting_feedback"},
    {"pending_question": None, "question_options": [], "owner_id": "tok_1"},
]


def test_what_is_returned_is_what_a_reader_finds(tmp_path: Path) -> None:
    def twice(tx: Transaction, agent_id: str, values: dict[str, Any]) -> Record:
        first = rewrite(tx, AGENTS, agent.find(tx.connection, agent_id), values | {"last_seen_at": tx.now})
        return rewrite(tx, AGENTS, first, {"version": first.version + 1})

    with application(tmp_path):
        agent_id = write(lambda tx: agent.create(tx, {"name": "Ada", "worktree": "/w"})).id
        for values in CHANGES:
            known = write(lambda tx, given=values: twice(tx, agent_id, given))
            [found] = rows(select(AGENTS).where(AGENTS.c.id == agent_id))

            assert vars(known) == dict(found._mapping)


def test_a_column_that_a_row_has_not_is_an_error(tmp_path: Path) -> None:
    with application(tmp_path):
        agent_id = write(lambda tx: agent.create(tx, {"name": "Ada", "worktree": "/w"})).id

        with pytest.raises(AttributeError, match="colour"):
            write(lambda tx: rewrite(tx, AGENTS, agent.find(tx.connection, agent_id), {"progress": 1}).colour)
