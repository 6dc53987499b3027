"""What the daemon's part for commands weighs while nothing happens."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from tests.support.host import driven

MOST = 24 * 1024  # KiB; a bare interpreter has about 9,000


def resident(pid: int) -> int:
    """KiB."""
    match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert match is not None
    return int(match[1])


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def turns(pid: int) -> int:
    """How often it has waited until now."""
    match = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert match is not None
    return int(match[1])


def test_daemon_zygote_and_runner_are_small_and_sleep(tmp_path: Path) -> None:
    with driven(tmp_path / "state") as daemon:
        daemon.connect()
        command_id = daemon.run(f"printf 'half a wo'; while [ ! -e {tmp_path}/go ]; do sleep 0.5; done")
        daemon.until(lambda: daemon.received.of(command_id, "started"))
        (zygote,) = children(daemon.process.pid)
        runner = int((tmp_path / "state/commands" / command_id / "begun").read_text().split()[0])
        for pid in (daemon.process.pid, zygote, runner):
            assert resident(pid) < MOST
        time.sleep(1.0)
        before = [turns(pid) for pid in (daemon.process.pid, zygote, runner)]
        time.sleep(1.0)
        # None of them looks round; the runner may be told of the end of a `sleep` that is not its child: never.
        after = [turns(pid) for pid in (daemon.process.pid, zygote, runner)]
        assert [b - a for a, b in zip(before, after, strict=True)] == [0, 0, 0]

        (tmp_path / "go").touch()
        daemon.ended(command_id)


def test_no_interpreter_is_started_for_a_command(tmp_path: Path) -> None:
    """The runner is a fork: it is the same program as the zygote, and was never executed anew."""
    with driven(tmp_path / "state") as daemon:
        daemon.connect()
        command_id = daemon.run(f"while [ ! -e {tmp_path}/go ]; do sleep 0.05; done")
        daemon.until(lambda: daemon.received.of(command_id, "started"))
        (zygote,) = children(daemon.process.pid)
        runner = int((tmp_path / "state/commands" / command_id / "begun").read_text().split()[0])

        assert runner in children(zygote)
        assert Path(f"/proc/{runner}/cmdline").read_bytes() == Path(f"/proc/{zygote}/cmdline").read_bytes()
        assert os.getsid(runner) == runner
        (tmp_path / "go").touch()
        daemon.ended(command_id)
