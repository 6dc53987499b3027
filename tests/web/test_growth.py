"""However many agents, tasks and lines there are, the event loop waits for SQLite no longer than with few."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from fleet.db import Transaction, db, write
from fleet.models import agent, event, task
from fleet.models.agent.record import AGENTS
from fleet.models.audit import Entry
from fleet.models.task.record import TASKS
from fleet.web.live.topics import Changed
from fleet.web.security.policy import May
from fleet.web.streams.topics import topic
from tests.support.application import application, rows
from tests.support.sqlite_steps import steps_on_the_loop

FEW, MANY = 150, 750
# Steps of SQLite's, of which a row of a table takes ten and more: for what depends on the day, not on how much there is.
LEEWAY = 500
HEADERS = {"Authorization": "Bearer fleet-agent-token-123"}
PAGES = (
    "/",
    "/agents",
    "/agents?view=table",
    "/agents?q=nowhere",
    "/agents?group=active&sort=host",
    "/tasks",
    "/tasks?view=list",
    "/tasks?q=nowhere",
    "/tasks?labels=backend",
    "/tasks/new",
    "/search?q=nowhere",
    "/search?q=worker",
    "/activity",
    "/activity?q=nowhere",
    "/audit",
    "/audit?q=nowhere",
    "/hosts",
    "/hosts?q=nowhere",
    "/stops/new",
    "/system",
)
LISTS = (
    "/v1/agents?q=nowhere",
    "/v1/agents?sort=state",
    "/v1/tasks?q=nowhere",
    "/v1/tasks?label=backend",
    "/v1/audit?q=nowhere",
    "/v1/fleet/status",
    "/v1/fleet/recent-updates",
    "/metrics",
)
TOPICS = ("frame", "overview?view=cards", "agents?view=table", "tasks?view=board", "tasks?q=nowhere&view=list")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with application(Path(tmp_path_factory.mktemp("growth")), metrics="token") as made:
        yield made


@pytest.fixture(scope="module")
def steps(app: Flask) -> dict[str, list[int]]:
    """For each page, list and topic: the steps on the loop with few of everything, and with many."""
    found: dict[str, list[int]] = {}
    for total in (FEW, MANY):
        write(lambda tx, total=total: grow(tx, total))
        with steps_on_the_loop(db.engine) as counted:
            for _ in range(2):  # the second time, what is remembered is known
                for path in (*PAGES, *LISTS, *TOPICS):
                    before = counted()
                    look(app, path)
                    found.setdefault(path, []).append(counted() - before)
    return {path: [each[1], each[3]] for path, each in found.items()}


def look(app: Flask, path: str) -> None:
    if path in TOPICS:
        follow(path)
        return
    answer = app.test_client().get(path, headers=HEADERS | {"Accept": "text/html" if path in PAGES else "*/*"})
    assert answer.status_code == 200, (path, answer.text)


def follow(text: str) -> None:
    """What a page's stream brings after an agent and a task have changed."""
    [[agent_id], [task_id]] = rows(AGENTS.select().limit(1))[0][:1], rows(TASKS.select().limit(1))[0][:1]
    changed = Changed(agents={agent_id: {"updated", "moved"}}, tasks={task_id: {"updated"}})
    subject = topic(text)
    assert subject is not None
    with db.engine.connect() as connection:
        assert [*subject.pieces(connection, changed, May.of("operator"))]


def grow(tx: Transaction, total: int) -> None:
    """So many of everything."""
    for number in range(FEW if total > FEW else 0, total):
        place = {"worktree": f"/srv/tree-{number % 7}", "hostname": f"web-{number % 7}", "tags": ["nightly"]}
        made = agent.create(tx, {"name": f"Worker {number:03}"} | place)
        words = {"title": f"Task {number}", "description": "Of these.", "labels": ["frontend"]}
        task.create(tx, words | {"required_capabilities": ["python"]})
        event.post(tx, made.id, "info", "Ran the tests", None)
        tx.entries.append(Entry(action="agents.edit", actor_kind="token", noun="agent", subject_id=made.id))


@pytest.mark.parametrize("path", [*PAGES, *LISTS, *TOPICS])
def test_what_holds_up_the_loop_does_not_grow_with_the_fleet(steps: dict[str, list[int]], path: str) -> None:
    """With 10,000 agents each page counted them for 26 ms, with 20,000 tasks a search took 40: nobody else was served."""
    few, many = steps[path]

    assert many <= few + LEEWAY
