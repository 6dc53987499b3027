"""Killed at each place where it writes: afterwards every command has ended, and none was started twice."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.support.host import CHECKOUT, Driven, command_frame, driven, marked

pytestmark = pytest.mark.faults
ROUNDS = int(os.environ.get("FLEET_FAULT_ROUNDS", "1"))
# In the daemon, and in a runner: there the daemon lives on, and finds out; its own end of the command dies there too.
DAEMON = [
    "journal-accepted-before-sync",
    "journal-accepted-after-sync",
    "journal-starting-before-sync",
    "journal-starting-after-sync",
    "forget-before-removal",
    "compaction-before-sync",
    "compaction-after-sync",
    "compaction-after-rename",
]
RUNNER = [
    "begun-before",
    "begun-after",
    "result-before-sync",
    "result-after-sync",
    "result-after-rename",
    "result-after-all",
]


def play(daemon: Driven, frames: list[dict[str, object]], seconds: float) -> None:
    """What a server does: delivers, takes, forgets; until all is done, the daemon is dead or the time is over."""
    until = time.monotonic() + seconds
    has = daemon.connect()
    known = {*has.get("waiting", []), *has.get("ended", []), *(one["id"] for one in has.get("running", []))}
    for frame in frames:
        if frame["id"] not in known:
            daemon.send(frame)
    ids = [str(frame["id"]) for frame in frames]
    while not all(daemon.received.of(each, "ended") for each in ids) and time.monotonic() < until and daemon.alive:
        daemon.turn()
    for each in ids:
        if daemon.received.of(each, "ended"):
            daemon.send({"type": "forget", "id": each})
    # The journal is written anew two seconds after the last one is forgotten.
    until = min(until, time.monotonic() + 3)
    while time.monotonic() < until and daemon.alive:
        daemon.turn()


def test_every_place_is_tried() -> None:
    sources = "".join(path.read_text() for path in (CHECKOUT / "fleet/daemon/commands").glob("*.py"))
    named = set(re.findall(r'faults\.point\(f?"([^"]+)"\)', sources))
    tried = {re.sub("journal-(accepted|starting)", "journal-{record['do']}", name) for name in DAEMON + RUNNER}

    assert named == tried


@pytest.mark.parametrize("fault", [name for name in DAEMON + RUNNER for _ in range(ROUNDS)])
def test_after_a_kill_at(fault: str, tmp_path: Path) -> None:
    line = f"echo $FLEET_COMMAND_ID >> {tmp_path}/ran; echo kept; sleep 0.1"
    frames = [command_frame(line, seq=number) for number in range(6)]
    ids = [str(frame["id"]) for frame in frames]
    with driven(tmp_path / "state", fault=fault) as first:
        play(first, frames, 6)
        dead = not first.alive
        told = {each: first.received.of(each, "ended")[0] for each in ids if first.received.of(each, "ended")}
    assert dead == (fault in [*DAEMON, "result-before-sync", "result-after-sync"])
    remaining = [frame for frame in frames if frame["id"] not in told]

    with driven(tmp_path / "state") as second:
        hello = second.connect()
        accepted = {each for each in ids if first.received.of(each, "accepted")}
        here = {*hello["waiting"], *hello["ended"], *(one["id"] for one in hello["running"])}
        # What was told to be accepted is not lost; what was told to have ended may be forgotten already.
        assert accepted - set(told) <= here
        for frame in remaining:
            second.send(frame)
        for frame in remaining:
            told[str(frame["id"])] = second.ended(str(frame["id"]))

    runs = Counter((tmp_path / "ran").read_text().split()) if (tmp_path / "ran").exists() else Counter()
    assert max(runs.values(), default=0) <= 1
    states = {each: told[each]["state"] for each in ids}
    if fault in DAEMON or fault == "begun-before":
        assert set(states.values()) == {"succeeded"}
        assert sorted(runs) == sorted(ids)
    else:
        assert set(states.values()) <= {"succeeded", "failed"}
        assert all(told[each]["reason"] == "the runner was killed" for each in ids if states[each] == "failed")
        assert all(told[each]["stdout"] == 5 for each in ids if states[each] == "succeeded")
    for each in ids:
        assert marked(f"FLEET_COMMAND_ID={each}") == []


def test_a_command_is_on_the_disk_before_it_is_accepted_and_started_with_one_sync(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    strace = ("strace", "-f", "-y", "-s", "300", "-e", "trace=write,fdatasync,fsync,sendto", "-o", str(trace))
    with driven(tmp_path / "state", under=strace) as daemon:
        daemon.connect()
        command_id = daemon.run("echo out")
        daemon.ended(command_id, 60)
        pid = next(
            int(line.split()[0]) for line in trace.read_text().splitlines() if "/journal>" in line and "write(" in line
        )
    lines = [line for line in trace.read_text().splitlines() if line.startswith(f"{pid} ")]
    places = {
        "journaled": next(n for n, line in enumerate(lines) if "/journal>" in line and "write(" in line),
        "synced": next(n for n, line in enumerate(lines) if "/journal>" in line and "fdatasync(" in line),
        "asked": next(n for n, line in enumerate(lines) if "sendto(" in line and command_id in line),
        "accepted": next(n for n, line in enumerate(lines) if r"\"accepted\"" in line and "/journal>" not in line),
    }

    assert sorted(places, key=places.__getitem__)[:2] == ["journaled", "synced"]
    assert places["synced"] < min(places["asked"], places["accepted"])
    assert sum("sync(" in line and "/state" in line for line in lines) == 1


def test_a_result_is_on_the_disk_with_its_output_before_it_is_told(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    strace = (
        "strace",
        "-f",
        "-y",
        "-s",
        "60",
        "-e",
        "trace=write,fdatasync,fsync,msync,rename,pwrite64",
        "-o",
        str(trace),
    )
    with driven(tmp_path / "state", under=strace) as daemon:
        daemon.connect()
        command_id = daemon.run("echo out")
        daemon.ended(command_id, 60)
    folder = f"/commands/{command_id}"
    lines = [line for line in trace.read_text().splitlines() if folder in line or "/wake>" in line or "msync(" in line]
    steps = ["pwrite64(", "fdatasync(", "msync(", 'result.new>, "{', "fdatasync(", "rename(", "fsync(", "/wake>"]
    at = next(n for n, line in enumerate(lines) if "pwrite64(" in line)
    for step in steps:
        at = next(n for n, line in enumerate(lines) if n >= at and step in line) + 1
