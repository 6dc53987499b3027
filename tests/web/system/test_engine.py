"""What `/health` says of the Docker engine: the newest look, and never a request that waits for one."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from fleet import docker
from fleet.web.system import engine
from fleet.web.system.engine import Engine
from tests.support.api import eventually
from tests.support.docker_engine import engine_at
from tests.support.serving import Served, served


def word(server: Served) -> str:
    return str(httpx.get(f"{server.url}/health").json()["docker"])


def test_before_anybody_has_looked_there_is_a_word_at_once() -> None:
    assert Engine().word == "unreachable"


def test_a_look_counts_for_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(docker, "look", lambda: "connected")
    seen = Engine()
    seen.look()
    for later, expected in ((1004.9, "connected"), (1005.0, "unreachable")):
        now = later
        assert seen.word == expected
    seen.look()
    assert seen.word == "connected"


def test_looks_come_often_enough() -> None:
    assert engine.EVERY + 2 * docker.PATIENCE < engine.GOOD_FOR


def test_a_served_fleet_sees_the_engine_come_and_go(tmp_path: Path) -> None:
    socket = tmp_path / "engine.sock"
    with served(tmp_path, environment={"DOCKER_HOST": str(socket)}) as server:
        eventually(lambda: word(server) == "absent")
        with engine_at(socket):
            eventually(lambda: word(server) == "connected")
        eventually(lambda: word(server) == "unreachable")


def test_an_engine_that_never_answers_holds_nobody_up(tmp_path: Path) -> None:
    with (
        engine_at(None, answer=None) as host,
        served(tmp_path, environment={"DOCKER_HOST": host}) as server,
        httpx.Client(base_url=server.url, timeout=docker.PATIENCE) as anybody,
    ):
        for _ in range(30):
            answer = anybody.get("/health")
            assert (answer.status_code, answer.json()["docker"]) == (200, "unreachable")
