"""A full disk: writes are refused in words, reads go on, and it heals by itself (security.md, the end)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.database import check_whole, query
from tests.support.event_stream import Reader
from tests.support.serving import Served
from tests.support.small_disk import SmallDisk

pytestmark = pytest.mark.faults
LARGE = "x" * 90_000


@dataclass
class OnSmallDisk(Served):
    """A server whose database, and nothing else of it, is on the small disk."""

    disk: Path = Path()

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.disk / "fleet.db"


@pytest.fixture(scope="module")
def server(small_disk: SmallDisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnSmallDisk]:
    """A running Fleet on the small disk."""
    running = OnSmallDisk(tmp_path_factory.mktemp("fleet"), disk=small_disk.folder)
    running.start()
    try:
        yield running
    finally:
        running.kill()


@pytest.fixture
def agent(api: httpx.Client) -> str:
    """An agent that was there while there was room."""
    made = api.post("/v1/agents", json={"name": "Ada", "worktree": "/src"})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


@pytest.fixture
def full(small_disk: SmallDisk, agent: str, api: httpx.Client) -> Iterator[int]:
    """No room left, not for one more line either; gives how many lines the agent has."""
    small_disk.fill()
    for _ in range(200):
        if post(api, agent).is_error:
            break
        small_disk.fill()
    else:
        pytest.fail("the disk is full and yet everything is written")
    yield lines(api, agent)
    small_disk.free()


def post(api: httpx.Client, agent_id: str, **headers: str) -> httpx.Response:
    """A line that needs room."""
    body = {"type": "info", "message": "Too much", "metadata": {"text": LARGE}}
    return api.post(f"/v1/agents/{agent_id}/events", json=body, headers=headers)


def lines(api: httpx.Client, agent_id: str) -> int:
    answer = api.get(f"/v1/agents/{agent_id}/events")
    assert answer.status_code == 200
    return int(answer.json()["total"])


@pytest.mark.usefixtures("full")
def test_every_kind_of_write_is_refused_with_a_time_to_try_again(api: httpx.Client, agent: str) -> None:
    answers = [
        api.post("/v1/tasks", json={"title": "One more", "description": LARGE}),
        api.post(f"/v1/agents/{agent}/commands", json={"content": LARGE}),
        api.post(f"/v1/agents/{agent}/todos", json={"text": "x" * 1900, "order": 1}),
        api.patch(f"/v1/agents/{agent}", json={"pending_question": LARGE}),
        post(api, agent, **{"Idempotency-Key": "full-1"}),
    ]
    refused = [answer for answer in answers if answer.is_error]
    assert len(refused) >= 4  # a small write may still fit into what SQLite has at hand
    for answer in refused:
        assert answer.status_code in (503, 507), answer.text
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json()["error"]["code"] in ("STORAGE_FULL", "STORAGE_UNAVAILABLE")


def test_the_refusal_says_that_the_disk_is_full(api: httpx.Client, agent: str, full: int) -> None:
    assert full >= 0
    answer = post(api, agent)

    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "STORAGE_FULL")
    assert "disk is full" in answer.json()["error"]["message"]


def test_reads_go_on_and_show_what_was_there(api: httpx.Client, agent: str, full: int) -> None:
    for _ in range(3):
        post(api, agent)

    assert api.get(f"/v1/agents/{agent}").json()["name"] == "Ada"
    assert lines(api, agent) == full
    assert api.get("/health").status_code == 200
    assert api.get("/v1/fleet/status").status_code == 200


def test_nothing_is_half_written(api: httpx.Client, agent: str, full: int, server: OnSmallDisk) -> None:
    """No line without its change, no change without its line, no kept answer without its write."""
    for number in range(5):
        post(api, agent, **{"Idempotency-Key": f"half-{number}"})

    check_whole(server.database)
    mine = "SELECT count(*) FROM events WHERE agent_id = ?"
    told = "SELECT count(*) FROM changes WHERE agent_id = ? AND kind = 'agent_event_created'"
    kept = "SELECT count(*) FROM kept_answers WHERE key LIKE 'half-%'"
    assert query(server.database, mine, agent)[0][0] == full
    assert query(server.database, told, agent)[0][0] == full
    assert query(server.database, kept)[0][0] == 0


@pytest.mark.usefixtures("full")
def test_writing_works_again_without_a_restart_when_there_is_room(
    api: httpx.Client, agent: str, small_disk: SmallDisk, server: OnSmallDisk
) -> None:
    before = lines(api, agent)
    assert post(api, agent, **{"Idempotency-Key": f"again-{agent}"}).status_code == 507
    with Reader(server, token=server.token) as reader:
        reader.frame()
        small_disk.free()

        healed = post(api, agent, **{"Idempotency-Key": f"again-{agent}"})

        assert healed.status_code == 201, healed.text
        assert lines(api, agent) == before + 1
        assert reader.frame().data["event"]["id"] == healed.json()["id"]
    check_whole(server.database)


@pytest.mark.usefixtures("full")
def test_the_disk_may_fill_up_and_be_freed_more_than_once(api: httpx.Client, agent: str, small_disk: SmallDisk) -> None:
    for _ in range(3):
        small_disk.free()
        assert post(api, agent).status_code == 201
        small_disk.fill()
        answers = [post(api, agent).status_code for _ in range(20)]
        assert set(answers) <= {201, 507, 503}
        assert answers[-1] != 201


def test_a_token_of_the_database_reads_on_a_full_disk_too(
    api: httpx.Client, agent: str, server: OnSmallDisk, small_disk: SmallDisk
) -> None:
    """Remembering when a token was used must not decide whether it may read."""
    made = subprocess.run(
        [sys.executable, "-m", "fleet", "token", "create", "ci", "--role", "viewer", "-d", str(server.database)],
        capture_output=True,
        text=True,
        check=True,
        cwd=server.folder,
    )
    secret = next(word for word in made.stdout.split() if word.startswith("flt_"))
    small_disk.fill()
    try:
        while not post(api, agent).is_error:
            small_disk.fill()
        answer = api.get(f"/v1/agents/{agent}", headers={"Authorization": f"Bearer {secret}"})
    finally:
        small_disk.free()

    assert answer.status_code == 200, answer.text
