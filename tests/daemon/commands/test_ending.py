"""Timeout and cancel end a command and everything that it caused."""

from __future__ import annotations

import os
import select
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.host import Host, alive, host, marked

# Each leaves children behind in a way that a kill of the shell, or of its group, does not reach.
STUBBORN = {
    "a child in a script": "sleep 100; true",
    "a child that ignores TERM": "trap '' TERM; sleep 100 & while true; do wait; sleep 0.1; done",
    "a shell that ignores TERM in another session": "setsid sh -c \"trap '' TERM; while true; do sleep 0.1; done\" & wait",
    "a double fork into a session of its own": "(setsid sleep 100 &) ; (setsid sh -c 'sleep 100 & sleep 100' &); sleep 100",
    "a double fork without the environment": "(setsid env -i sleep 100.25 &) ; sleep 100",
    "a stopped child": "sleep 100 & kill -STOP $!; wait",
    "a loop of forks that ignores TERM": "trap '' TERM; while true; do (trap '' TERM; sleep 3) & sleep 0.01; done",
}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Host]:
    with host(tmp_path / "state") as running:
        yield running


def gone(command_id: str) -> bool:
    """No process of a command is there; what has been killed takes a moment to be reaped."""
    for pid in marked(f"FLEET_COMMAND_ID={command_id}") + marked("100.25"):
        assert not alive(pid) or not Path(f"/proc/{pid}/cmdline").read_bytes(), pid
    return True


@pytest.mark.parametrize("command", STUBBORN.values(), ids=STUBBORN.keys())
def test_a_canceled_command_is_gone_with_all_that_it_started(here: Host, command: str) -> None:
    command_id = here.run(f"echo begun; {command}")
    here.until(lambda: here.received.output(command_id))
    for _ in range(10):
        here.turn()
    here.send({"type": "cancel", "id": command_id})

    end = here.ended(command_id)

    assert (end["state"], end["left"]) == ("canceled", [])
    assert here.received.output(command_id) == b"begun\n"
    assert gone(command_id)


@pytest.mark.parametrize("command", STUBBORN.values(), ids=STUBBORN.keys())
def test_a_command_that_takes_too_long_is_gone_with_all_that_it_started(here: Host, command: str) -> None:
    command_id = here.run(f"echo begun; {command}", timeout=1)

    end = here.ended(command_id)

    assert (end["state"], end["left"], end["reason"]) == ("timed_out", [], "not ended within 1 s")
    assert here.received.output(command_id) == b"begun\n"
    assert gone(command_id)


def test_cancel_answers_within_seven_seconds_whatever_the_command_does(here: Host) -> None:
    command_id = here.run(STUBBORN["a loop of forks that ignores TERM"])
    here.until(lambda: here.received.of(command_id, "started"))
    canceled = time.monotonic()
    here.send({"type": "cancel", "id": command_id})
    here.ended(command_id)

    # The promise is 7 s; a machine that is busy with other things gets some more.
    assert time.monotonic() - canceled < 7 + 5


def test_a_command_may_end_itself_on_term(here: Host) -> None:
    command_id = here.run("trap 'echo bye; exit 7' TERM; echo begun; while true; do sleep 0.05; done")
    here.until(lambda: here.received.output(command_id))
    here.send({"type": "cancel", "id": command_id})

    end = here.ended(command_id, seconds=10)

    assert (end["state"], end["exit_code"]) == ("canceled", 7)
    assert here.received.output(command_id) == b"begun\nbye\n"


def test_a_command_that_waits_is_canceled_and_never_starts(here: Host, tmp_path: Path) -> None:
    blockers = [here.run(f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done") for _ in range(4)]
    command_id = here.run(f"touch {tmp_path}/never")
    here.send({"type": "cancel", "id": command_id})

    end = here.ended(command_id)
    (tmp_path / "go").touch()
    for each in blockers:
        here.ended(each)

    assert (end["state"], here.received.types(command_id)) == ("canceled", ["accepted", "ended"])
    assert not (tmp_path / "never").exists()


def test_a_cancel_in_the_same_moment_as_the_command_ends_it_either_way(here: Host) -> None:
    for _ in range(10):
        command_id = here.run("sleep 100")
        here.send({"type": "cancel", "id": command_id})

        assert here.ended(command_id)["state"] == "canceled"
        assert gone(command_id)


def test_a_cancel_after_the_end_changes_nothing(here: Host) -> None:
    command_id = here.run("true")
    first = here.ended(command_id)
    here.send({"type": "cancel", "id": command_id})
    here.send({"type": "cancel", "id": "command-of-nobody"})
    for _ in range(5):
        here.turn()

    assert here.received.of(command_id, "ended") == [first]


def test_who_had_ended_by_itself_keeps_its_end_and_its_children_go(here: Host) -> None:
    command_id = here.run("sleep 100 & exit 4")
    here.until(lambda: here.received.of(command_id, "started"))
    here.until(lambda: any("sleep" in Path(f"/proc/{pid}/comm").read_text() for pid in marked(f"={command_id}")))
    for _ in range(10):
        here.turn()
    here.send({"type": "cancel", "id": command_id})

    end = here.ended(command_id)

    assert (end["state"], end["exit_code"]) == ("failed", 4)
    assert gone(command_id)


def test_what_survives_everything_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No process survives KILL on purpose: the runner is made to spare one, as the kernel does in a broken mount."""
    from fleet.daemon.commands import ladder

    def spare(*_: object) -> None:
        return

    monkeypatch.setattr(ladder.protocol, "GRACE", 0.2)
    monkeypatch.setattr(ladder.processes, "kill", spare)
    with host(tmp_path / "sparing") as sparing:
        command_id = sparing.run("trap '' TERM; while true; do sleep 0.05; done", timeout=1)
        try:
            end = sparing.ended(command_id)
            assert end["state"] == "timed_out"
            assert "sh" in [left["name"] for left in end["left"]]
        finally:
            for pid in marked(f"FLEET_COMMAND_ID={command_id}"):
                os.kill(pid, signal.SIGKILL)


def test_a_runner_that_is_killed_ends_its_command_with_that_reason(here: Host) -> None:
    command_id = here.run("echo kept; (setsid sh -c 'sleep 100' &); sleep 100")
    here.until(lambda: here.received.output(command_id))
    here.until(lambda: len(marked(f"FLEET_COMMAND_ID={command_id}")) >= 3)
    os.kill(int((here.state / "commands" / command_id / "begun").read_text().split()[0]), signal.SIGKILL)

    end = here.ended(command_id)

    assert (end["state"], end["reason"], end["stdout"], end["left"]) == ("failed", "the runner was killed", 5, [])
    assert here.received.output(command_id) == b"kept\n"
    assert gone(command_id)


def test_a_runner_whose_folder_is_removed_ends_with_its_command(here: Host, tmp_path: Path) -> None:
    """As by an uninstall while something runs: nobody is left who could take its result."""
    command_id = here.run(f"echo ran >> {tmp_path}/ran; while [ ! -e {tmp_path}/go ]; do sleep 0.02; done")
    here.until(lambda: here.received.of(command_id, "started"))
    folder = here.state / "commands" / command_id
    watched = os.pidfd_open(int((folder / "begun").read_text().split()[0]))
    shutil.rmtree(folder)
    (tmp_path / "go").touch()

    assert select.select([watched], [], [], 20)[0]
    os.close(watched)
    # And a daemon that still is there starts nothing again.
    assert here.ended(command_id)["state"] == "unknown"
    assert (tmp_path / "ran").read_text() == "ran\n"


def test_signals_for_the_daemon_do_not_end_a_runner(here: Host, tmp_path: Path) -> None:
    command_id = here.run(f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done; echo whole")
    here.until(lambda: here.received.of(command_id, "started"))
    runner = int((here.state / "commands" / command_id / "begun").read_text().split()[0])
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(runner, number)
    (tmp_path / "go").touch()

    assert here.ended(command_id)["state"] == "succeeded"
    assert here.received.output(command_id) == b"whole\n"
