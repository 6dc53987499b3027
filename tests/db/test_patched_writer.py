"""The writer among greenlets, as the server has it; each scenario in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import patched

Scenario = Callable[[str], dict[str, Any]]


@pytest.fixture
def play(tmp_path: Path) -> Scenario:
    """Plays a scenario and returns what came of it."""

    def run(scenario: str) -> dict[str, Any]:
        found: dict[str, Any] = patched.play("patched_writer.py", tmp_path, scenario)
        return found

    return run


def test_greenlets_get_their_own_results_and_failures(play: Scenario) -> None:
    seen = play("together")

    assert seen["answers"] == ["LookupError" if n == 7 else f"good n{n}" for n in range(20)]
    assert seen["kept"] == [f"n{n}" for n in range(20) if n != 7]
    assert seen["news"] == list(range(1, 21))


@pytest.mark.parametrize("scenario", ["killed_while_committing", "killed_while_working"])
def test_a_killed_leader_lets_nobody_take_an_uncommitted_result_for_a_good_one(play: Scenario, scenario: str) -> None:
    seen = play(scenario)

    good = [answer.removeprefix("good ") for answer in seen["answers"] if answer.startswith("good ")]
    assert set(good) <= set(seen["kept"])
    assert "hangs" not in seen["answers"]
    assert seen["afterwards"] == ["good afterwards"]


def test_nobody_is_told_that_nothing_was_changed_when_it_was(play: Scenario) -> None:
    """The leader is killed, its commit goes on: the others learn how it ended."""
    seen = play("killed_while_committing")

    assert seen["answers"][1:] == [f"good n{n}" for n in range(1, 6)]
    assert sorted(seen["kept"]) == [f"n{n}" for n in range(6)]
    assert seen["news"] == list(range(1, 8))


def test_when_the_leader_is_killed_on_its_way_another_one_leads(play: Scenario) -> None:
    seen = play("killed_on_the_way")

    assert seen["answers"][1:] == [f"good n{n}" for n in range(1, 4)]
    assert seen["afterwards"] == ["good afterwards"]


def test_work_that_was_interrupted_before_its_commit_is_not_kept(play: Scenario) -> None:
    seen = play("killed_while_working")

    refused = seen["answers"].count("StorageUnavailable")
    assert len(seen["kept"]) == 2 - refused
    assert "slow" not in seen["kept"]


def test_a_commit_that_fails_in_its_thread_fails_for_every_caller(play: Scenario) -> None:
    seen = play("failing")

    assert seen["answers"] == ["StorageUnavailable"] * 3
    assert (seen["kept"], seen["news"], seen["afterwards"]) == ([], [1], ["good afterwards"])


def test_the_loop_goes_on_while_a_commit_waits_for_the_disk(play: Scenario) -> None:
    assert play("beating")["answers"] == ["good n0", "True"]
