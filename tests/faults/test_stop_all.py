"""`kill -9` in the middle of stopping two hundred agents: after the restart the stop is whole."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.support.api import JSON, eventually, good, make_agent, make_task, read, refused
from tests.support.database import check_whole, query
from tests.support.serving import Served

pytestmark = [pytest.mark.faults, pytest.mark.slow]

AGENTS, HOLDERS = 200, 80
ROUNDS = 6
TOLD = "SELECT count(*) FROM stop_acknowledgements WHERE stop_id = (SELECT id FROM stops WHERE active)"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    """A Fleet of this test's own, to be killed."""
    running = Served(tmp_path).start()
    try:
        yield running
    finally:
        running.kill()


def client(server: Served) -> httpx.Client:
    headers = {"Authorization": f"Bearer {server.token}"}
    return httpx.Client(base_url=server.url, headers=headers, timeout=40)


def staff(api: httpx.Client) -> list[JSON]:
    agents = [make_agent(api, status="active") for _ in range(AGENTS)]
    for agent in agents[:HOLDERS]:
        make_task(api)
        good(api.post("/v1/tasks/claim", json={"agent_id": agent["id"], "lease": 3600}))
    return agents


def stop_and_kill(server: Served) -> int:
    """Stop everybody, and kill the server as soon as somebody has been told; how many had been."""

    def stop() -> None:
        with client(server) as api, suppress(httpx.HTTPError):
            api.post("/v1/stops", json={"kind": "stop", "reason": "Fire"})

    stopping = threading.Thread(target=stop)
    stopping.start()
    deadline = time.monotonic() + 30
    while query(server.database, TOLD)[0][0] == 0 and time.monotonic() < deadline:
        pass
    server.kill()
    stopping.join()
    return int(query(server.database, TOLD)[0][0])


def test_a_stop_that_was_killed_is_whole_after_the_restart(server: Served) -> None:
    with client(server) as api:
        agents = staff(api)
    for _ in range(ROUNDS):
        told = stop_and_kill(server)
        assert told > 0
        server.start()
        check_whole(server.database)
        with client(server) as api:
            refused(api.post("/v1/tasks/claim", json={"agent_id": agents[0]["id"]}), 409, "FLEET_STOPPED")
            eventually(lambda: read(api, "/v1/stops/current")["whole"])
            whole(server, api)
            if told < AGENTS:
                return  # it was hit in the middle
            good(api.post("/v1/stops/current/resumption"), 200)
    pytest.fail("every stop was whole before the kill")


def whole(server: Served, api: httpx.Client) -> None:
    """Everybody has been told exactly once, and nothing is claimed any more."""
    shown = read(api, "/v1/stops/current")
    assert shown["told"] == AGENTS
    sent = query(server.database, "SELECT agent_id FROM commands WHERE stop_id = ?", shown["id"])
    assert len({row["agent_id"] for row in sent}) == len(sent) == AGENTS
    live = query(server.database, "SELECT id FROM tasks WHERE lease_expires_at IS NOT NULL")
    unended = query(server.database, "SELECT task_id FROM task_claims WHERE ended_at IS NULL")
    assert [*live, *unended] == []
    taken = [task for answer in shown["acknowledgements"] for task in answer["tasks"]]
    stopped = query(server.database, "SELECT task_id FROM task_claims WHERE ending = 'stopped'")
    assert {task["id"] for task in taken} <= {row["task_id"] for row in stopped}
