"""A thousand records as JSON are made a few at a time, and everybody else has a turn in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from fleet.db import greenlets, write
from fleet.models import event, task
from fleet.models.audit import Entry
from tests.support.agents import new_agent
from tests.support.application import application

RECORDS = 60
TOKEN = {"Authorization": "Bearer fleet-agent-token-123"}
LISTS = {
    "/v1/tasks?limit=1000": "tasks",
    "/v1/agents/{ada}/tasks?limit=1000": "tasks",
    "/v1/agents/{ada}/events?limit=1000": "events",
    "/v1/fleet/recent-updates?limit=1000": "updates",
    "/v1/audit?limit=1000": "entries",
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with application(Path(tmp_path_factory.mktemp("lists"))) as made:
        yield made


@pytest.fixture(scope="module")
def ada(app: Flask) -> str:
    """An agent with RECORDS of everything."""
    with app.app_context():
        agent_id = new_agent()
        words = {"title": "t", "description": "d", "assigned_agent_id": agent_id}
        entry = {"action": "agents.edit", "actor_kind": "token", "noun": "agent", "subject_id": agent_id}
        write(lambda tx: [event.post(tx, agent_id, "info", str(number), None) for number in range(RECORDS)])
        write(lambda tx: [task.create(tx, words) for _ in range(RECORDS)])
        write(lambda tx: tx.entries.extend(Entry(**entry) for _ in range(RECORDS)))
        return agent_id


@pytest.mark.parametrize("path", LISTS)
def test_whoever_makes_a_long_list_gives_way(app: Flask, ada: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[None] = []
    monkeypatch.setattr(greenlets, "give_way", lambda: turns.append(None))
    monkeypatch.setattr(greenlets, "TURN", 0.0)

    answer = app.test_client().get(path.format(ada=ada), headers=TOKEN)

    assert len(answer.get_json()[LISTS[path]]) >= RECORDS
    assert len(turns) >= RECORDS


def test_a_short_list_is_made_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[None] = []
    monkeypatch.setattr(greenlets, "give_way", lambda: turns.append(None))
    monkeypatch.setattr(greenlets, "TURN", 60.0)

    assert app.test_client().get("/v1/tasks?limit=50", headers=TOKEN).status_code == 200
    assert turns == []
