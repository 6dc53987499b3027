"""`fleet demo` against a served Fleet: its agents live by `/v1` alone, and people can talk to them."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.support import api

ROOT = Path(__file__).parents[2]
LONGEST = 60  # seconds that a demo of three agents may take
eventually = partial(api.eventually, patience=LONGEST)
REVIEWER = "Code Reviewer"

Json = dict[str, Any]
Call = Callable[..., Json]


class Server(Protocol):
    """What the fixture `server` gives."""

    url: str
    token: str


@pytest.fixture
def call(server: Server) -> Call:
    """One request to `/v1`, and the JSON of its answer."""

    def send(method: str, path: str, body: Json | None = None) -> Json:
        request = urllib.request.Request(
            f"{server.url}/v1{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            answer: Json = json.load(response)
            return answer

    return send


@pytest.fixture
def demo(server: Server, call: Call) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `fleet demo` with options; afterwards everything that it made is removed."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str) -> subprocess.Popen[str]:
        started.append(run("--url", server.url, "--token", server.token, *options))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()
    said, _ = start("--remove").communicate(timeout=LONGEST)
    assert said.startswith("Removed "), said
    assert [agent for agent in call("GET", "/agents")["agents"] if "demo" in agent["tags"]] == []


def run(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "fleet.demo", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_an_agent_that_is_answered_goes_on_the_way_the_answer_says(
    call: Call, demo: Callable[..., subprocess.Popen[str]]
) -> None:
    def waiting() -> Json | None:
        agents = call("GET", "/agents?status=waiting_feedback")["agents"]
        return next((a for a in agents if a["name"] == REVIEWER and a["pending_question"]), None)

    process = demo("--once", "--speed", "50", "--agents", "3")
    agent = eventually(waiting)
    here = f"/agents/{agent['id']}"
    assert agent["pending_question"].startswith("Migrate the sessions table now, or behind a flag?\n")
    assert agent["question_options"] == ["Behind a flag", "Now", "In batches"]

    call("POST", f"{here}/commands", {"type": "question", "content": "How far are you?"})
    call("POST", f"{here}/commands", {"type": "instruction", "content": "Thank the author"})
    call("POST", f"{here}/answer", {"content": "In batches", "question": agent["pending_question"]})
    said, _ = process.communicate(timeout=LONGEST)
    assert process.returncode == 0, said
    assert "goes on with: In batches" in said

    commands = call("GET", f"{here}/commands")["commands"]
    assert [command["status"] for command in commands] == ["completed"] * 3
    asked, told, answered = (command["response"] for command in commands)
    assert "I wait for an answer" in asked
    assert "on my list" in told
    assert answered.startswith("Understood. 10,000 rows at a time")

    events = [event["message"] for event in call("GET", f"{here}/events")["events"]]
    assert "Copy sessions in batches of 10,000 rows" in events
    assert "Move sessions behind the flag sessions_v2" not in events
    after = call("GET", here)
    assert after["pending_question"] is None
    assert after["status"] in ("finished", "idle")


def test_every_agent_tells_its_story_and_takes_a_task(call: Call, demo: Callable[..., subprocess.Popen[str]]) -> None:
    said, _ = demo("--once", "--speed", "200", "--agents", "3").communicate(timeout=LONGEST)
    assert "Tasks handed in: 3." in said
    agents = {a["name"]: a for a in call("GET", "/agents?kind=coding")["agents"] if "demo" in a["tags"]}
    assert set(agents) == {REVIEWER, "Docs Writer", "Dependency Updater"}
    for agent in agents.values():
        todos = call("GET", f"/agents/{agent['id']}/todos")["todos"]
        assert todos
        assert all(todo["completed"] for todo in todos)
    done = [task for task in call("GET", "/tasks?status=completed")["tasks"] if "demo" in task["labels"]]
    assert {task["assigned_agent_id"] for task in done} <= {a["id"] for a in agents.values()}
    assert len(done) == 3


def test_a_stop_of_the_fleet_is_obeyed_and_survived(call: Call, demo: Callable[..., subprocess.Popen[str]]) -> None:
    process = demo("--speed", "20", "--agents", "3", "--duration", "40")
    eventually(lambda: any(a["status"] == "active" for a in call("GET", "/agents")["agents"]))
    stop = call("POST", "/stops", {"kind": "stop", "reason": "Fire"})
    try:
        eventually(lambda: (seen := call("GET", f"/stops/{stop['id']}"))["acknowledged"] == seen["told"] > 0)
    finally:
        call("POST", f"/stops/{stop['id']}/resumption", {})
    said, _ = process.communicate(timeout=LONGEST)
    assert "stops, as the whole fleet does" in said
    assert "ends, since the server refuses it" not in said


def test_a_second_run_reuses_the_agents_and_the_waiting_tasks(
    call: Call, demo: Callable[..., subprocess.Popen[str]]
) -> None:
    def known() -> tuple[set[str], set[str]]:
        agents, tasks = call("GET", "/agents?kind=coding&limit=100")["agents"], call("GET", "/tasks?limit=100")["tasks"]
        return {a["id"] for a in agents}, {t["id"] for t in tasks}

    demo("--duration", "1", "--agents", "5", "--seed", "7").communicate(timeout=LONGEST)
    first = known()
    assert len(first[0]) >= 5
    demo("--duration", "1", "--agents", "5", "--seed", "7", "--quiet").communicate(timeout=LONGEST)
    assert known() == first


def test_a_wrong_token_is_said_to_be_wrong(server: Server) -> None:
    process = run("--url", server.url, "--token", "wrong")
    said, _ = process.communicate(timeout=LONGEST)
    assert process.returncode == 1
    assert "refuses the token" in said
    assert "--token or FLEET_TOKEN" in said


def test_a_server_that_is_not_there_is_said_to_be_missing() -> None:
    process = run("--url", "http://localhost:1")
    said, _ = process.communicate(timeout=LONGEST)
    assert process.returncode == 1
    assert "http://localhost:1 does not answer" in said
    assert "fleet serve --dev" in said
