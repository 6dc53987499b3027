"""A file of any length is written a few records at a time, and everybody else has a turn in between."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask

from fleet.db import db, write
from fleet.models import event, task
from fleet.models.audit import Entry
from fleet.web.http import exports
from tests.support.agents import new_agent
from tests.support.application import application

RECORDS = 1000
TOKEN = {"Authorization": "Bearer fleet-agent-token-123"}
FILES = ("/activity.csv", "/activity.jsonl", "/tasks.csv", "/tasks.jsonl", "/audit.csv", "/audit.jsonl")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with application(Path(tmp_path_factory.mktemp("exports"))) as made:
        ada = new_agent()
        words = {"title": "t", "description": "d"}
        entry = {"action": "agents.edit", "actor_kind": "token", "noun": "agent", "subject_id": ada}
        write(lambda tx: [event.post(tx, ada, "info", str(number), None) for number in range(RECORDS)])
        write(lambda tx: [task.create(tx, words) for _ in range(RECORDS)])
        write(lambda tx: tx.entries.extend(Entry(**entry) for _ in range(RECORDS)))
        yield made


@pytest.mark.parametrize("path", FILES)
def test_every_few_records_of_an_export_others_have_a_turn(
    app: Flask, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An export of 105,000 lines held up every other request for 1.3 s."""
    turns: list[int] = []
    lines = 0
    monkeypatch.setattr(exports, "give_way", lambda: turns.append(lines))

    answer = app.test_client().get(path, headers=TOKEN)
    for piece in answer.iter_encoded():
        lines += piece.count(b"\n")

    assert answer.status_code == 200
    assert lines >= RECORDS
    ends = [0, *turns, lines]
    assert max(later - earlier for earlier, later in pairwise(ends)) <= 201, "a head line included"


@pytest.mark.parametrize("path", FILES)
def test_records_that_take_their_time_are_written_one_at_a_time(
    app: Flask, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred tasks were read and written together: that took 12 ms, and more with long descriptions."""
    turns: list[None] = []
    monkeypatch.setattr(exports, "give_way", lambda: turns.append(None))
    monkeypatch.setattr(exports, "TURN", 0.0)

    pieces = [piece.count(b"\n") for piece in app.test_client().get(path, headers=TOKEN).iter_encoded()]

    assert sum(pieces) >= RECORDS
    assert set(pieces) == {1}
    assert len(turns) == len(pieces)


@pytest.mark.parametrize("path", FILES)
def test_no_connection_is_held_while_others_have_their_turn(
    app: Flask, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    monkeypatch.setattr(exports, "give_way", lambda: held.append(db.engine.pool.checkedout()))  # type: ignore[attr-defined]
    with app.app_context():
        before = db.engine.pool.checkedout()  # type: ignore[attr-defined]

        assert app.test_client().get(path, headers=TOKEN).data

    assert set(held) == {before}
