"""A command from its receipt to its end, on a host that is connected."""

from __future__ import annotations

import os
import pwd
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.host import Host, alive, command_frame, host, marked

HOME = pwd.getpwuid(os.geteuid()).pw_dir


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Host]:
    with host(tmp_path / "state") as running:
        yield running


def test_a_command_is_accepted_started_and_ended_in_this_order(here: Host) -> None:
    command_id = here.run("echo out; echo err >&2; exit 3")

    end = here.ended(command_id)

    assert here.received.types(command_id) == ["accepted", "started", "ended"]
    assert here.received.output(command_id) == b"out\n"
    assert here.received.output(command_id, "stderr") == b"err\n"
    told = {
        name: end[name] for name in ("state", "exit_code", "signal", "reason", "stdout", "stderr", "dropped", "left")
    }
    assert told == {
        "state": "failed",
        "exit_code": 3,
        "signal": None,
        "reason": None,
        "stdout": 4,
        "stderr": 4,
        "dropped": 0,
        "left": [],
    }
    assert 0 <= end["ms"] < 30_000


def test_a_command_that_exits_with_zero_has_succeeded(here: Host) -> None:
    end = here.ended(here.run("true"))

    assert (end["state"], end["exit_code"]) == ("succeeded", 0)


def test_a_command_that_a_signal_ended_says_which(here: Host) -> None:
    end = here.ended(here.run("kill -KILL $$"))

    assert (end["state"], end["exit_code"], end["signal"]) == ("failed", None, "SIGKILL")


def test_the_environment_is_the_stated_one_byte_for_byte(here: Host, tmp_path: Path) -> None:
    command_id = here.run(
        "cat /proc/$$/environ", cwd=str(tmp_path), env={"GREETING": "häl lo\n", "LANG": "de_DE.UTF-8"}
    )
    here.ended(command_id)

    stated = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        f"HOME={HOME}",
        f"USER={pwd.getpwuid(os.geteuid()).pw_name}",
        "LANG=de_DE.UTF-8",
        f"PWD={tmp_path}",
        f"FLEET_COMMAND_ID={command_id}",
        "GREETING=häl lo\n",
    ]
    assert here.received.output(command_id) == b"".join(line.encode() + b"\0" for line in stated)


def test_programs_that_a_command_starts_see_the_same_environment(here: Host) -> None:
    command_id = here.run("exec env -0")
    here.ended(command_id)

    names = {entry.partition(b"=")[0] for entry in here.received.output(command_id).split(b"\0") if entry}
    assert names == {b"PATH", b"HOME", b"USER", b"LANG", b"PWD", b"FLEET_COMMAND_ID"}


def test_nothing_of_the_daemon_reaches_a_command(here: Host) -> None:
    extra = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(extra, True)
    try:
        command_id = here.run("ls /proc/self/fd | wc -l; umask; grep -E '^Sig(Blk|Ign)' /proc/self/status; tty")
        here.ended(command_id)
    finally:
        os.close(extra)

    # Three and the folder that ls itself has open.
    said = here.received.output(command_id).decode().split()
    assert said[:2] == ["4", "0022"]
    masks = dict(zip(said[2:6:2], said[3:6:2], strict=True))
    # The shell's own runtime ignores what glibc keeps for itself (32 and 33) at most.
    assert {name: int(mask, 16) & 0x7FFFFFFF for name, mask in masks.items()} == {"SigBlk:": 0, "SigIgn:": 0}
    assert said[6:] == ["not", "a", "tty"]


def test_a_command_leads_a_session_and_a_group_of_its_own(here: Host) -> None:
    command_id = here.run("echo $$; cut -d' ' -f5,6 /proc/$$/stat")
    here.ended(command_id)

    pid, group, session = here.received.output(command_id).split()
    assert pid == group == session


def test_a_command_starts_at_home_unless_it_says_where(here: Host, tmp_path: Path) -> None:
    at_home, elsewhere = here.run("pwd"), here.run("pwd", cwd=str(tmp_path))
    here.ended(at_home)
    here.ended(elsewhere)

    assert here.received.output(at_home).decode().strip() == str(Path(HOME).resolve())
    assert here.received.output(elsewhere).decode().strip() == str(tmp_path)


def test_a_folder_that_cannot_be_entered_is_a_failure_with_its_reason(here: Host) -> None:
    command_id = here.run("echo never", cwd="/not/there")

    end = here.ended(command_id)

    assert (end["state"], end["exit_code"]) == ("failed", None)
    assert end["reason"] == "cwd /not/there: No such file or directory"
    assert here.received.output(command_id) == b""
    assert "started" not in here.received.types(command_id)


def test_a_command_has_its_input_and_else_nothing_to_read(here: Host) -> None:
    text = "first line\n" + "ü" * 100_000
    given, without = here.run("cat", stdin=text), here.run("cat; echo end")
    here.ended(given)
    here.ended(without)

    assert here.received.output(given) == text.encode()
    assert here.received.output(without) == b"end\n"


def test_four_run_at_once_and_the_others_start_in_order(here: Host, tmp_path: Path) -> None:
    line = f"echo $FLEET_COMMAND_ID >> {tmp_path}/order; while [ ! -e {tmp_path}/go ]; do sleep 0.02; done"
    ids = [here.run(line) for _ in range(9)]
    here.until(lambda: sum(bool(here.received.of(each, "started")) for each in ids) == 4)
    for _ in range(10):
        here.turn()

    assert [bool(here.received.of(each, "started")) for each in ids] == [True] * 4 + [False] * 5
    assert all(here.received.of(each, "accepted") for each in ids)

    (tmp_path / "go").touch()
    for each in ids:
        here.ended(each)
    # The first four start side by side: which of them writes first is nobody's promise.
    order = (tmp_path / "order").read_text().split()
    assert sorted(order[:4]) == sorted(ids[:4])
    starts = [frame["id"] for frame in here.received.frames if frame["type"] == "started"]
    assert starts[4:] == ids[4:] or sorted(starts[4:]) == sorted(ids[4:])


def test_what_waits_starts_by_seq_and_not_by_arrival(here: Host, tmp_path: Path) -> None:
    blockers = [here.run(f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done", seq=number) for number in range(1, 5)]
    line = f"echo $FLEET_COMMAND_ID >> {tmp_path}/order; [ -e {tmp_path}/go ] || sleep 0.05"
    ids = {seq: here.run(line, seq=seq) for seq in (30, 10, 20)}
    records = here.state / "journal"
    (tmp_path / "go").touch()
    for each in [*blockers, *ids.values()]:
        here.ended(each)

    starting = [line for line in records.read_text().splitlines() if '"do":"starting"' in line]
    assert [next(seq for seq, each in ids.items() if each in line) for line in starting] == [10, 20, 30]


def test_a_second_delivery_starts_nothing_and_is_answered(here: Host, tmp_path: Path) -> None:
    frame = command_frame(f"echo ran >> {tmp_path}/ran; sleep 0.2")
    here.send(frame)
    here.until(lambda: here.received.of(frame["id"], "started"))
    here.send(frame)
    here.ended(frame["id"])
    here.send(frame)
    here.until(lambda: len(here.received.of(frame["id"], "ended")) == 2)

    assert here.received.types(frame["id"])[:4] == ["accepted", "started", "accepted", "started"]
    assert (tmp_path / "ran").read_text() == "ran\n"

    here.send({"type": "forget", "id": frame["id"]})
    here.send(frame)
    here.until(lambda: here.received.of(frame["id"], "refused"))
    assert here.received.of(frame["id"], "refused")[0]["code"] == "FORGOTTEN"
    assert (tmp_path / "ran").read_text() == "ran\n"


def test_what_was_forgotten_leaves_nothing_but_its_id(here: Host) -> None:
    command_id = here.run("echo correct horse battery")
    here.ended(command_id)
    here.send({"type": "forget", "id": command_id})

    assert list((here.state / "commands").iterdir()) == []
    here.until(lambda: b"correct horse" not in (here.state / "journal").read_bytes())
    assert here.connect() == {"waiting": [], "running": [], "ended": []}


def test_a_background_child_does_not_hold_the_result_back_and_is_named(here: Host) -> None:
    command_id = here.run("sleep 60 & echo $!; echo done")
    try:
        end = here.ended(command_id, seconds=10)
        pid = int(here.received.output(command_id).split()[0])
        assert end["state"] == "succeeded"
        assert end["left"] == [{"pid": pid, "name": "sleep"}]
        assert alive(pid)
    finally:
        for pid in marked(f"FLEET_COMMAND_ID={command_id}"):
            os.kill(pid, signal.SIGKILL)


def test_a_background_child_that_wants_no_output_is_named_as_well(here: Host) -> None:
    command_id = here.run("sleep 60 >/dev/null 2>&1 &")
    try:
        assert [left["name"] for left in here.ended(command_id)["left"]] == ["sleep"]
    finally:
        for pid in marked(f"FLEET_COMMAND_ID={command_id}"):
            os.kill(pid, signal.SIGKILL)


def test_a_zygote_that_is_gone_is_replaced(here: Host) -> None:
    os.kill(here.commands._starter.pid, signal.SIGKILL)
    command_id = here.run("echo still")

    assert here.ended(command_id)["state"] == "succeeded"
    assert here.received.output(command_id) == b"still\n"


def test_a_runner_waits_for_the_next_command_in_advance(here: Host, tmp_path: Path) -> None:
    spare = spare_of(here)

    command_id = here.run(f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done")
    here.until(lambda: here.received.of(command_id, "started"))
    begun = (here.state / "commands" / command_id / "begun").read_text()

    (tmp_path / "go").touch()

    assert begun.split()[0] == str(spare)
    assert here.ended(command_id)["state"] == "succeeded"
    here.until(lambda: spare_of(here) != spare)  # the one before may not be gone yet


def test_a_runner_that_was_killed_before_it_had_a_command_is_replaced(here: Host) -> None:
    os.kill(spare_of(here), signal.SIGKILL)
    command_id = here.run("echo still")

    assert here.ended(command_id)["state"] == "succeeded"
    assert here.received.output(command_id) == b"still\n"


def spare_of(here: Host) -> int:
    """The zygote's only child, once there is one."""
    zygote = here.commands._starter.pid
    seen: list[int] = []
    children = Path(f"/proc/{zygote}/task/{zygote}/children")
    here.until(lambda: len(found := children.read_text().split()) == 1 and seen.append(int(found[0])) is None)
    return seen[-1]


def test_no_command_waits_beyond_its_life(here: Host, tmp_path: Path) -> None:
    blockers = [here.run(f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done") for _ in range(4)]
    command_id = here.run(f"touch {tmp_path}/never", expires_in=0.3)

    end = here.ended(command_id)
    (tmp_path / "go").touch()
    for each in blockers:
        here.ended(each)

    assert (end["state"], end["exit_code"]) == ("expired", None)
    assert not (tmp_path / "never").exists()


def test_more_than_the_most_that_may_wait_are_refused(tmp_path: Path) -> None:
    from fleet.daemon.commands import Limits

    with host(tmp_path / "state", limits=Limits(at_once=1, most=3)) as here:
        blocker = here.run(f"while [ ! -e {tmp_path}/go ]; do sleep 0.02; done")
        ids = [here.run("true") for _ in range(4)]
        here.pull()

        assert [here.received.types(each) for each in ids] == [["accepted"]] * 3 + [["refused"]]
        assert here.received.of(ids[3], "refused")[0]["code"] == "TOO_MANY_COMMANDS"

        (tmp_path / "go").touch()
        here.ended(blocker)
        for each in ids[:3]:
            here.ended(each)
            here.send({"type": "forget", "id": each})
        assert here.ended(here.run("true"))["state"] == "succeeded"
