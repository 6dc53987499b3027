"""A thousand records as JSON are made a few at a time, and everybody else has a turn in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from fleet.db import greenlets, long_reads, write
from fleet.models import command, event, person, task, token
from fleet.models.audit import Entry
from tests.support.agents import new_agent
from tests.support.application import application

RECORDS = 60
TOKEN = {"Authorization": "Bearer fleet-agent-token-123"}
LISTS = {
    "/v1/tasks?limit=1000": "tasks",
    "/v1/agents?limit=1000": "agents",
    "/v1/agents/{ada}/tasks?limit=1000": "tasks",
    "/v1/agents/{ada}/commands?limit=1000": "commands",
    "/v1/agents/{ada}/keys": "keys",
    "/v1/enrolment-keys": "enrolment_keys",
    "/v1/people": "people",
    "/v1/tokens": "tokens",
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
        write(lambda tx: [command.send(tx, agent_id, "instruction", str(number)) for number in range(RECORDS)])
        write(lambda tx: [person.invite(tx, f"ada{number}@example.net", "", "viewer") for number in range(RECORDS)])
        for kind in ("agent", "enrolment", "token"):
            write(
                lambda tx, kind=kind: [
                    token.create(tx, kind, "ci", "viewer", agent_id=agent_id) for _ in range(RECORDS)
                ]
            )
        for number in range(RECORDS):
            new_agent(name=f"Worker {number}")
        return agent_id


@pytest.mark.parametrize("path", LISTS)
def test_whoever_makes_a_long_list_gives_way(app: Flask, ada: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[None] = []
    monkeypatch.setattr(greenlets, "give_way", lambda: turns.append(None))
    monkeypatch.setattr(greenlets, "TURN", 0.0)

    answer = app.test_client().get(path.format(ada=ada), headers=TOKEN)

    assert len(answer.get_json()[LISTS[path]]) >= RECORDS
    assert len(turns) >= RECORDS


@pytest.mark.parametrize("path", ["/api/agents", "/openapi.json"])
def test_so_does_who_makes_an_answer_of_another_kind(app: Flask, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[None] = []
    monkeypatch.setattr(greenlets, "give_way", lambda: turns.append(None))
    monkeypatch.setattr(greenlets, "TURN", 0.0)

    assert app.test_client().get(path, headers=TOKEN).status_code == 200
    assert len(turns) >= RECORDS


@pytest.mark.parametrize("path", ["/tokens", "/people", "/tasks", "/search?q=worker", "/audit"])
def test_a_page_with_a_long_list_gives_way_in_the_middle_of_it(
    app: Flask, ada: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of 1,000 tokens took 90 ms in which nobody else was served: between two lines others have their turn."""
    assert ada
    turns: list[None] = []
    monkeypatch.setattr(greenlets, "give_way", lambda: turns.append(None))
    monkeypatch.setattr(greenlets, "TURN", 0.0)
    monkeypatch.setattr(long_reads, "in_turns", iter)

    answer = app.test_client().get(path, headers=TOKEN | {"Accept": "text/html"})

    assert answer.status_code == 200
    assert len(turns) >= RECORDS


def test_a_short_list_is_made_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[None] = []
    monkeypatch.setattr(greenlets, "give_way", lambda: turns.append(None))
    monkeypatch.setattr(greenlets, "TURN", 60.0)

    assert app.test_client().get("/v1/tasks?limit=50", headers=TOKEN).status_code == 200
    assert turns == []
