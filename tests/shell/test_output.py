"""What becomes of output that cannot be written, or that nobody reads any more."""

from __future__ import annotations

import httpx
import pytest

from tests.support.api import make_agent, post_event
from tests.support.shell import Program

COMMANDS = ("agents", "agents --json", "events", "events --follow", "stream", "stream --json", "tasks --help")


@pytest.fixture
def agent(api: httpx.Client) -> str:
    """An agent with a line of activity."""
    made = make_agent(api)
    post_event(api, made["id"])
    return str(made["id"])


@pytest.mark.usefixtures("agent")
@pytest.mark.parametrize("words", COMMANDS)
def test_a_full_disk_is_a_sentence(fleet: Program, words: str) -> None:
    ended = fleet.shell(f"fleet {words} > /dev/full")

    assert ended.returncode == 1
    assert "Standard output cannot be written: No space left on device." in ended.stderr
    assert len(ended.stderr.splitlines()) == 1, ended.stderr


@pytest.mark.usefixtures("agent")
@pytest.mark.parametrize("words", [words for words in COMMANDS if "--help" not in words])
def test_a_closed_output_is_a_sentence(fleet: Program, words: str) -> None:
    ended = fleet.shell(f"fleet {words} >&-")

    assert ended.returncode == 1
    assert "Standard output cannot be written: it is closed." in ended.stderr
    assert len(ended.stderr.splitlines()) == 1, ended.stderr


def test_a_closed_input_is_a_sentence(fleet: Program, agent: str) -> None:
    ended = fleet.shell(f"fleet tell {agent} - <&-")

    assert (ended.returncode, ended.stderr) == (2, "Error: Standard input is closed.\n")


@pytest.mark.usefixtures("agent")
def test_following_ends_silently_when_its_reader_has_seen_enough(fleet: Program) -> None:
    ended = fleet.shell("fleet events --follow | head -1; echo ${PIPESTATUS[0]}")

    line, status = ended.stdout.splitlines()
    assert line
    assert status == "141"
    assert ended.stderr == ""
