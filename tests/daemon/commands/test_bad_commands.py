"""A command that cannot be taken is refused in words that name the field; nothing is written, nothing started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.host import Host, command_frame, host

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no command": ({"command": None}, "command"),
    "empty": ({"command": ""}, "command"),
    "blank": ({"command": " \n\t"}, "command"),
    "a number": ({"command": 7}, "command"),
    "too long": ({"command": "x" * 65_537}, "command"),
    "too long in bytes": ({"command": "ü" * 32_769}, "command"),
    "NUL": ({"command": "echo \0"}, "command"),
    "half a surrogate": ({"command": "echo \ud800"}, "command"),
    "timeout 0": ({"timeout": 0}, "timeout"),
    "timeout negative": ({"timeout": -1}, "timeout"),
    "timeout of more than a day": ({"timeout": 86_401}, "timeout"),
    "timeout true": ({"timeout": True}, "timeout"),
    "timeout text": ({"timeout": "60"}, "timeout"),
    "timeout with a fraction": ({"timeout": 1.5}, "timeout"),
    "cwd relative": ({"cwd": "tmp"}, "cwd"),
    "cwd empty": ({"cwd": ""}, "cwd"),
    "cwd NUL": ({"cwd": "/tmp\0/x"}, "cwd"),
    "cwd a number": ({"cwd": 1}, "cwd"),
    "cwd too long": ({"cwd": "/" + "x" * 4095}, "cwd"),
    "env a list": ({"env": ["A=1"]}, "env"),
    "env name with a digit first": ({"env": {"1A": "x"}}, "env"),
    "env name with =": ({"env": {"A=B": "x"}}, "env"),
    "env name empty": ({"env": {"": "x"}}, "env"),
    "env name of other letters": ({"env": {"ÄÖ": "x"}}, "env"),
    "env name with a line end": ({"env": {"A\n": "x"}}, "env"),
    "env value a number": ({"env": {"A": 1}}, "env"),
    "env value NUL": ({"env": {"A": "\0"}}, "env"),
    "env too large": ({"env": {f"A{n}": "x" * 1000 for n in range(33)}}, "env"),
    "env of the daemon": ({"env": {"FLEET_COMMAND_ID": "other"}}, "env"),
    "stdin too large": ({"stdin": "x" * (256 * 1024 + 1)}, "stdin"),
    "stdin a number": ({"stdin": 5}, "stdin"),
    "unknown": ({"shell": "/bin/bash"}, "shell"),
}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Host]:
    with host(tmp_path / "state") as running:
        yield running


def refused(here: Host, frame: dict[str, Any]) -> dict[str, Any]:
    before = (here.state / "journal").read_bytes()
    here.send(frame)
    here.pull()
    assert here.received.types(frame["id"]) == ["refused"]
    assert (here.state / "journal").read_bytes() == before
    assert list((here.state / "commands").iterdir()) == []
    return here.received.of(frame["id"], "refused")[0]


@pytest.mark.parametrize(("params", "field"), BAD.values(), ids=BAD.keys())
def test_it_is_refused_and_the_field_is_named(here: Host, params: dict[str, Any], field: str) -> None:
    frame = command_frame("true")
    frame["params"].update(params)
    refusal = refused(here, frame)

    assert refusal["code"] == "BAD_COMMAND"
    assert field in refusal["message"]


@pytest.mark.parametrize(
    "change",
    [
        {"seq": None},
        {"seq": True},
        {"seq": "1"},
        {"expires_in": 0},
        {"expires_in": "x"},
        {"expires_in": float("nan")},
        {"params": None},
        {"params": []},
    ],
)
def test_a_frame_that_is_not_whole_is_refused(here: Host, change: dict[str, Any]) -> None:
    assert refused(here, command_frame("true") | change)["code"] == "BAD_COMMAND"


@pytest.mark.parametrize("command_id", ["", "../up", "a/b", "x" * 65, None, 7, "ü"])
def test_an_id_that_is_none_is_no_reason_to_fall_over(here: Host, command_id: object) -> None:
    for kind in ("command", "cancel", "want", "forget", "no such word"):
        here.commands.take({**command_frame("true"), "type": kind, "id": command_id})
    here.pull()

    assert here.received.frames == []
    assert here.ended(here.run("true"))["state"] == "succeeded"


def test_frames_of_nonsense_change_nothing(here: Host) -> None:
    command_id = here.run("echo 1")
    here.ended(command_id)
    for frame in ({"type": "want", "id": command_id, "stdout": "x"}, {"type": "want", "id": command_id, "stdout": -1}):
        here.commands.take(frame)
    here.commands.disconnected()
    here.commands.hello()
    here.commands.welcomed(
        {"want": [1], "cancel": "x", "forget": 7, "limits": {"head": "x", "tail": -1, "window": True}, "more": {}}
    )
    here.received.frames.clear()

    assert here.ended(command_id)["state"] == "succeeded"


def test_the_largest_command_is_taken(here: Host) -> None:
    text = "echo $BIG | wc -c; wc -c; exit 0 #"
    command_id = here.run(text + "x" * (65_536 - len(text)), env={"BIG": "y" * 32_000}, stdin="z" * 262_144)

    assert here.ended(command_id)["state"] == "succeeded"
    assert here.received.output(command_id).split() == [b"32001", b"262144"]
