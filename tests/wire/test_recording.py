"""The API and the stream of document 1, as they were recorded: every call again, every field compared."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.event_stream import Frame, Reader
from tests.support.sameness import Sameness
from tests.support.serving import Served, served
from tests.support.wheel import install, where

RECORDING = json.loads(Path(__file__).with_name("recording.json").read_text())
# Whose answers give which id to the requests after them.
MADE = {
    "create agent": "agent",
    "create second agent": "agent2",
    "create todo": "todo",
    "send command": "cmd",
    "create task": "task",
}


def invalid(field: str) -> dict[str, Any]:
    """The answer to a value that the original took, and Fleet does not."""
    return {
        "status": 400,
        "content_type": "application/json",
        "body": {"error": {"code": f"INVALID_{field}"}},
    }


# 1. A status that nobody knows, and a progress beyond 100, are refused with 400.
REFUSED = {
    "update agent, bad status": invalid("STATUS"),
    "update agent, progress over 100": invalid("PROGRESS"),
}
# 2. `last_commit` is kept, which the original took and forgot.
COMMIT = ("update agent, git figures", "abc1234")
# So these never were, and what was there before stays where the recording shows them.
NEVER = {"status": ("flying", "active"), "old_status": ("flying", "active"), "progress": (140, 60)}


def expected_calls() -> list[dict[str, Any]]:
    """The recorded calls with the two improvements worked in, and nothing else."""
    calls: list[dict[str, Any]] = copy.deepcopy(RECORDING["calls"])
    improved = [call["name"] for call in calls].index(COMMIT[0])
    reviewer = calls[0]["response"]["body"]["id"]
    for call in calls[improved:]:
        for agent in agents(call["response"]["body"]):
            if agent["id"] == reviewer:
                correct(agent)
        if call["name"] in REFUSED:
            call["response"] = REFUSED[call["name"]]
    return calls


def expected_frames() -> list[dict[str, Any]]:
    """The recorded frames, likewise."""
    frames = [json.loads(line.removeprefix("data: ")) for line in RECORDING["stream"][1:]]
    kept = [
        frame
        for frame in frames
        if frame["data"].get("new_status") != "flying" and frame["data"].get("progress") != 140
    ]
    assert len(frames) - len(kept) == 2
    for frame in kept:
        correct(frame["data"])
        if isinstance(frame["data"].get("agent"), dict) and frame["data"]["agent"]["files_changed"]:
            correct(frame["data"]["agent"])
    return kept


def agents(body: Any) -> list[dict[str, Any]]:
    """The agents in an answer."""
    if not isinstance(body, dict):
        return []
    return [item for item in [body, *body.get("agents", [])] if "pending_question" in item]


def correct(values: dict[str, Any]) -> None:
    """Put what was there before in the place of what Fleet refuses, and the commit where it belongs."""
    for name, (never, before) in NEVER.items():
        if values.get(name) == never:
            values[name] = before
    if "last_commit" in values:
        values["last_commit"] = COMMIT[1]


@pytest.fixture(scope="module", params=["the checkout", "an installed wheel"])
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """How `fleet` is started."""
    if request.param == "the checkout":
        return [sys.executable, "-m", "fleet"]
    folder = tmp_path_factory.mktemp("wheel")
    python = install(folder)
    assert where(python, folder).is_relative_to(folder)
    return [str(python.with_name("fleet"))]


@pytest.fixture(scope="module")
def replay(program: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    """The recording, sent once more from beginning to end."""
    environment = {} if program[0] == sys.executable else {"PYTHONPATH": ""}
    folder = tmp_path_factory.mktemp("replay")
    with (
        served(folder, "--dev", program=program, environment=environment) as server,
        httpx.Client(timeout=30) as client,
    ):
        again = Replay(server, client)
        with Reader(server, token=server.token) as reader:
            again.headers = dict(reader.answer.getheaders())
            again.frames.append(reader.frame())
            for call in RECORDING["calls"]:
                again.send(call)
            again.frames += reader.frames(len(expected_frames()) - 1)
            # One change more, to see that nothing stood between.
            again.finish(reader)
        yield again


class Replay:
    """What came: the answers by the calls' names, and the stream's frames."""

    def __init__(self, server: Served, client: httpx.Client) -> None:
        self.server = server
        self.client = client
        self.answers: dict[str, httpx.Response] = {}
        self.headers: dict[str, str] = {}
        self.frames: list[Frame] = []
        self.last: Frame | None = None
        self._ids: dict[str, str] = {}

    def send(self, call: dict[str, Any]) -> None:
        """Send a recorded request."""
        request, headers, content = call["request"], {}, None
        if request["auth"]:
            headers["Authorization"] = f"Bearer {'wrong' if call['name'] == 'wrong token' else self.server.token}"
        if request["body"] is not None:
            headers["Content-Type"] = "application/json"
            text = request["body"] if isinstance(request["body"], str) else self.filled(json.dumps(request["body"]))
            content = text.encode()
        url = self.server.url + self.filled(request["path"])
        answer = self.client.request(request["method"], url, headers=headers, content=content)
        self.answers[call["name"]] = answer
        if call["name"] in MADE:
            self._ids[MADE[call["name"]]] = answer.json()["id"]

    def filled(self, text: str) -> str:
        """With our ids in the places of `{agent}` and the like."""
        for name, value in self._ids.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def finish(self, reader: Reader) -> None:
        """Make one change that nobody recorded."""
        self.send(
            {
                "name": "one more",
                "request": {
                    "method": "POST",
                    "path": "/v1/agents",
                    "auth": True,
                    "body": {"name": "x", "worktree": "/x"},
                },
            }
        )
        self.last = reader.frame()


def test_every_call_is_answered_as_recorded(replay: Replay) -> None:
    same, wrong = Sameness(), {}
    for call in expected_calls():
        recorded, ours = call["response"], replay.answers[call["name"]]
        found = [] if ours.status_code == recorded["status"] else [f"status {ours.status_code}: {ours.text}"]
        if ours.headers.get("Content-Type") != recorded["content_type"]:
            found.append(f"content type {ours.headers.get('Content-Type')}")
        found += same.differences(recorded["body"], ours.json() if ours.content else None)
        if found:
            wrong[call["name"]] = found

    assert wrong == {}
    assert len(replay.answers) == len(RECORDING["calls"]) + 1 == 54


def test_every_list_and_error_has_the_recorded_envelope(replay: Replay) -> None:
    for call in expected_calls():
        recorded, ours = call["response"]["body"], replay.answers[call["name"]]
        if isinstance(recorded, dict) and "id" not in recorded and "total_agents" not in recorded:
            assert set(ours.json()) == set(recorded), call["name"]


def test_every_frame_is_streamed_as_recorded_and_in_that_order(replay: Replay) -> None:
    recorded, same = expected_frames(), Sameness()

    assert [frame.event for frame in replay.frames] == [frame["event"] for frame in recorded]
    wrong = [
        (frame.event, differences)
        for frame, wanted in zip(replay.frames, recorded, strict=True)
        if (differences := same.differences(wanted["data"], frame.data, frame.event))
    ]
    assert wrong == []
    for frame, wanted in zip(replay.frames[1:], recorded[1:], strict=True):
        assert set(frame.data) == set(wanted["data"]), frame.event


def test_nothing_comes_on_the_stream_that_was_not_recorded(replay: Replay) -> None:
    assert replay.last is not None
    assert (replay.last.event, replay.last.data["agent"]["name"]) == ("agent_status_changed", "x")


def test_the_streams_headers_are_those_recorded(replay: Replay) -> None:
    for name, value in RECORDING["stream"][0]["headers"].items():
        assert value in replay.headers[name]
