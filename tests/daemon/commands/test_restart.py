"""A daemon that is killed or stopped takes up what runs; nothing is started twice, and nothing is lost."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.support.debian_roots import python
from tests.support.host import Host, alive, command_frame, driven, host, marked

# Writes what is in a file in pieces, slowly enough that a daemon can die meanwhile.
PIECES = """import os, sys, time
data = open(sys.argv[1], "rb").read()
for start in range(0, len(data), 50_000):
    os.write(1, data[start:start + 50_000])
    time.sleep(0.01)
"""


def runner_of(state: Path, command_id: str) -> int:
    return int((state / "commands" / command_id / "begun").read_text().split()[0])


def test_output_is_whole_and_the_command_runs_once_however_often_the_daemon_is_killed(tmp_path: Path) -> None:
    data = os.urandom(3 << 20) + b"\0\xff\xfe\n\x80" + bytes(range(256)) * 100
    (tmp_path / "data").write_bytes(data)
    (tmp_path / "pieces.py").write_text(PIECES)
    frame = command_frame(f"echo ran >> {tmp_path}/ran; {sys.executable} {tmp_path}/pieces.py {tmp_path}/data")
    pieces: dict[int, bytes] = {}
    acknowledged = 0
    for number in range(4):
        with driven(tmp_path / "state") as daemon:
            daemon.connect(want={frame["id"]: {"stdout": acknowledged, "stderr": 0}})
            daemon.send(frame)
            if number == 3:
                end = daemon.ended(frame["id"])
            else:
                enough = acknowledged + 400_000
                daemon.until(lambda enough=enough: daemon.received.ends(frame["id"])["stdout"] >= enough)
        pieces |= {chunk.offset: chunk.data for chunk in daemon.received.chunks}
        acknowledged = daemon.received.ends(frame["id"])["stdout"]

    whole = bytearray(len(data))
    for offset, piece in pieces.items():
        whole[offset : offset + len(piece)] = piece
    assert (end["state"], end["stdout"], end["dropped"]) == ("succeeded", len(data), 0)
    assert bytes(whole) == data
    assert (tmp_path / "ran").read_text() == "ran\n"


def test_what_ended_without_a_daemon_is_there_for_the_next(tmp_path: Path) -> None:
    with driven(tmp_path / "state") as daemon:
        daemon.connect()
        command_id = daemon.run(f"echo begun; while [ ! -e {tmp_path}/go ]; do sleep 0.02; done; echo alone; exit 5")
        daemon.until(lambda: daemon.received.output(command_id))
    runner = runner_of(tmp_path / "state", command_id)
    (tmp_path / "go").touch()
    watched = os.pidfd_open(runner)
    select.select([watched], [], [], 20)
    os.close(watched)

    with host(tmp_path / "state") as here:
        hello = here.connect(want={command_id: {"stdout": 6, "stderr": 0}})
        end = here.ended(command_id)

    assert hello == {"waiting": [], "running": [], "ended": [command_id]}
    assert (end["state"], end["exit_code"], end["stdout"]) == ("failed", 5, 12)
    assert [(chunk.offset, chunk.data) for chunk in here.received.chunks] == [(6, b"alone\n")]


def test_a_hello_says_what_waits_runs_and_has_ended(tmp_path: Path) -> None:
    with driven(tmp_path / "state") as daemon:
        daemon.connect()
        ended = daemon.run("true")
        daemon.ended(ended)
        running = [daemon.run(f"echo {n}; while [ ! -e {tmp_path}/go ]; do sleep 0.02; done") for n in range(4)]
        waiting = [daemon.run(f"echo late >> {tmp_path}/late") for _ in range(2)]
        daemon.until(lambda: all(daemon.received.output(each) for each in running))
        daemon.until(lambda: all(daemon.received.of(each, "accepted") for each in waiting))

    with host(tmp_path / "state") as here:
        hello = here.connect()
        assert hello == {
            "waiting": waiting,
            "running": [{"id": each, "stdout": 2, "stderr": 0} for each in running],
            "ended": [ended],
        }
        (tmp_path / "go").touch()
        for each in [*running, *waiting]:
            assert here.ended(each)["state"] == "succeeded"
    assert (tmp_path / "late").read_text() == "late\nlate\n"


def test_nothing_that_waits_overtakes_what_still_runs(tmp_path: Path) -> None:
    """Also where the first in order waits, and one that has ended made room while the folder was read."""
    with driven(tmp_path / "state") as daemon:
        daemon.connect()
        daemon.ended(daemon.run("true", seq=2))
        running = [daemon.run(f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done", seq=10 + n) for n in range(4)]
        waiting = daemon.run(f"echo late >> {tmp_path}/late", seq=1)
        daemon.until(lambda: all(daemon.received.of(each, "started") for each in running))
        daemon.until(lambda: daemon.received.of(waiting, "accepted"))

    with host(tmp_path / "state") as here:
        assert here.connect()["waiting"] == [waiting]
        for _ in range(10):
            here.turn()
        assert not (tmp_path / "late").exists()
        (tmp_path / "go").touch()
        assert here.ended(waiting)["state"] == "succeeded"
        for each in running:
            here.ended(each)


def test_hundreds_that_expired_meanwhile_all_end(tmp_path: Path) -> None:
    with host(tmp_path / "state") as here:
        blockers = [here.run(f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done") for _ in range(4)]
        ids = [here.run("true", expires_in=1.5) for _ in range(400)]
        here.until(lambda: all(here.received.of(each, "started") for each in blockers))
    (tmp_path / "go").touch()
    time.sleep(1.5)

    with host(tmp_path / "state") as here:
        assert {here.ended(each)["state"] for each in blockers} == {"succeeded"}
        assert {here.ended(each)["state"] for each in ids} <= {"expired", "succeeded"}


def test_a_second_delivery_after_a_restart_starts_nothing(tmp_path: Path) -> None:
    frame = command_frame(f"echo ran >> {tmp_path}/ran")
    with driven(tmp_path / "state") as daemon:
        daemon.connect()
        daemon.send(frame)
        daemon.ended(frame["id"])
    with host(tmp_path / "state") as here:
        here.send(frame)
        end = here.ended(frame["id"])
        assert here.received.types(frame["id"])[:2] == ["accepted", "started"]
        here.send({"type": "forget", "id": frame["id"]})
    with host(tmp_path / "state") as here:
        here.send(frame)
        here.pull()
        assert here.received.types(frame["id"]) == ["refused"]

    assert end["state"] == "succeeded"
    assert (tmp_path / "ran").read_text() == "ran\n"


def test_cancel_reaches_a_command_that_another_daemon_started(tmp_path: Path) -> None:
    with driven(tmp_path / "state") as daemon:
        daemon.connect()
        command_id = daemon.run("sleep 100")
        daemon.until(lambda: daemon.received.of(command_id, "started"))
    with host(tmp_path / "state") as here:
        here.connect(cancel=[command_id])
        assert here.ended(command_id)["state"] == "canceled"
    assert marked(f"FLEET_COMMAND_ID={command_id}") == []


def test_a_runner_that_was_killed_without_a_daemon_is_found_out(tmp_path: Path) -> None:
    with driven(tmp_path / "state") as daemon:
        daemon.connect()
        command_id = daemon.run("echo kept; (setsid sleep 100 &); sleep 100")
        daemon.until(lambda: daemon.received.output(command_id))
    os.kill(runner_of(tmp_path / "state", command_id), signal.SIGKILL)

    with host(tmp_path / "state") as here:
        end = here.ended(command_id)

    assert (end["state"], end["reason"], end["left"]) == ("failed", "the runner was killed", [])
    assert here.received.output(command_id) == b"kept\n"
    assert marked(f"FLEET_COMMAND_ID={command_id}") == []


def test_after_the_machine_went_down_what_ran_is_unknown_and_what_waited_waits(tmp_path: Path) -> None:
    boot = tmp_path / "boot_id"
    boot.write_text("first\n")
    with driven(tmp_path / "state", boot_id=boot) as daemon:
        daemon.connect()
        running = [daemon.run(f"echo ran >> {tmp_path}/ran; echo kept; sleep 100") for _ in range(4)]
        waiting = daemon.run(f"echo late >> {tmp_path}/late")
        daemon.until(lambda: all(daemon.received.output(each) for each in running))
        daemon.until(lambda: daemon.received.of(waiting, "accepted"))
    for each in running:
        os.kill(runner_of(tmp_path / "state", each), signal.SIGKILL)
        for pid in marked(f"FLEET_COMMAND_ID={each}"):
            os.kill(pid, signal.SIGKILL)
    boot.write_text("second\n")

    with host(tmp_path / "state", boot_id=boot) as here:
        ends = [here.ended(each) for each in running]
        assert here.ended(waiting)["state"] == "succeeded"

    assert {end["state"] for end in ends} == {"unknown"}
    assert {end["reason"] for end in ends} == {"the host went down while it ran"}
    assert [here.received.output(each) for each in running] == [b"kept\n"] * 4
    assert (tmp_path / "ran").read_text() == "ran\n" * 4
    assert (tmp_path / "late").read_text() == "late\n"


def test_on_a_disk_that_may_be_a_copy_nothing_starts_before_the_welcome(tmp_path: Path) -> None:
    boot = tmp_path / "boot_id"
    boot.write_text("first\n")
    with driven(tmp_path / "state", boot_id=boot) as daemon:
        daemon.connect()
        running = [daemon.run("sleep 100") for _ in range(4)]
        waiting = daemon.run(f"echo done >> {tmp_path}/done")
        daemon.until(lambda: daemon.received.of(waiting, "accepted"))
    for each in running:
        os.kill(runner_of(tmp_path / "state", each), signal.SIGKILL)
    boot.write_text("another machine's\n")

    copy = Host(tmp_path / "state", boot_id=boot)
    try:
        for _ in range(20):
            copy.turn()
        assert waiting in copy.commands.hello()["waiting"]
        assert not (tmp_path / "done").exists()
        copy.connect()
        copy.until((tmp_path / "done").exists)
    finally:
        copy.close()


def test_one_daemon_at_a_time_works_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fleet.daemon.commands import StateInUse, store

    monkeypatch.setattr(store, "_PATIENCE", 0.1)
    with host(tmp_path / "state"), pytest.raises(StateInUse, match="another daemon"):
        Host(tmp_path / "state")


def forked_by(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def eventually_gone(pid: int) -> None:
    until = time.monotonic() + 20
    while alive(pid):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_daemon_that_is_closed_leaves_no_process_but_runners(tmp_path: Path) -> None:
    with host(tmp_path / "state") as here:
        command_id = here.run(f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done")
        here.until(lambda: here.received.of(command_id, "started"))
        zygote = here.commands._starter.pid
        runner = runner_of(here.state, command_id)
        here.until(lambda: len(forked_by(zygote)) == 2)  # one more, for the next command
        [spare] = forked_by(zygote) - {runner}
    assert not Path(f"/proc/{zygote}").exists()
    eventually_gone(spare)
    assert Path(f"/proc/{runner}").exists()

    (tmp_path / "go").touch()
    with host(tmp_path / "state") as here:
        assert here.ended(command_id)["state"] == "succeeded"


@pytest.mark.parametrize("version", ["3.9", "3.13"])
def test_all_of_it_runs_on_the_oldest_python_and_the_newest(version: str, tmp_path: Path) -> None:
    with driven(tmp_path / "state", python=python(version, tmp_path)) as daemon:
        daemon.connect()
        command_id = daemon.run("echo out; sleep 100")
        daemon.until(lambda: daemon.received.output(command_id))
        daemon.send({"type": "cancel", "id": command_id})
        assert daemon.ended(command_id)["state"] == "canceled"
