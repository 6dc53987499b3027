"""A host whose clock is set by hours, to and fro, while its daemon works: nothing is lost, and nothing ends early."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.faults.hosts import Trouble
from tests.support.api import good
from tests.support.serving import Served

pytestmark = pytest.mark.faults
HOURS = (5, -7, 26, -30, 0)
PATIENCE = 60.0
SLOW = {"type": "shell", "params": {"command": "sleep 100", "timeout": 2}}


def library() -> str:
    """Debian's libfaketime; the test is skipped where it is not, and fails there with CI=true."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if shutil.which("faketime") is None or not found:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("faketime is missing: .ci/setup --tests installs it")
    return str(found[0])


class Clock:
    """The host's time of day: every program that `environment` was given to reads it out of a file, each time anew."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "clock"
        self.set(0)
        self.environment = {
            "LD_PRELOAD": library(),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            # What nobody can set on a machine either.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, hours: float) -> None:
        """Be so many hours beside the true time."""
        beside = self.file.with_suffix(".new")
        beside.write_text(f"{hours * 3600:+.0f}\n")
        beside.replace(self.file)

    @contextmanager
    def jumping(self) -> Iterator[None]:
        """Be set again and again, until the end."""
        over = threading.Event()

        def jump() -> None:
            while not over.is_set():
                for hours in HOURS:
                    self.set(hours)
                    over.wait(0.1)

        thread = threading.Thread(target=jump)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def test_the_clock_is_really_another_for_the_daemons_program(tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    clock.set(5)
    code = "import time; print(time.time(), time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME))"
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **clock.environment},
    )
    of_day, monotonic, since_boot = map(float, said.stdout.split())

    assert 4.9 < (of_day - time.time()) / 3600 < 5.1
    assert abs(monotonic - time.monotonic()) < PATIENCE
    assert abs(since_boot - time.clock_gettime(time.CLOCK_BOOTTIME)) < PATIENCE


def test_commands_run_to_their_ends_and_the_link_stands(
    server: Served, api: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(tmp_path)
    trouble = Trouble(server, tmp_path, random.Random(0))
    trouble.enrol()
    for name, value in clock.environment.items():
        monkeypatch.setenv(name, value)
    trouble.start()
    monkeypatch.undo()
    try:
        session = until_it_has_one(trouble.state / "session")
        with clock.jumping():
            # Within their hour until they expire, and their minute of time, by any clock but the host's.
            for lines in (1, 5000, 20_000, 1, 1, 1):
                text = f"echo $FLEET_COMMAND_ID >> {trouble.starts}; seq 1 {lines}; sleep 1; seq 1 {lines}"
                body = {"type": "shell", "params": {"command": text, "timeout": 60}}
                trouble.sent[good(api.post(f"/v1/agents/{trouble.host_id}/commands", json=body), 201)["id"]] = lines
            late = good(api.post(f"/v1/agents/{trouble.host_id}/commands", json=SLOW), 201)["id"]
            trouble.wait()
            ended = trouble.command(api, late)
            while ended["outcome"] is None:
                time.sleep(0.1)
                ended = trouble.command(api, late)
        trouble.check()
        assert ended["outcome"] == "timed_out"
        assert 1900 <= ended["execution"]["duration_ms"] < 1000 * PATIENCE
        assert (trouble.state / "session").read_text() == session, trouble.log
    finally:
        trouble.kill()


def until_it_has_one(file: Path) -> str:
    """The session of the first welcome."""
    deadline = time.monotonic() + PATIENCE
    while not file.exists():
        assert time.monotonic() < deadline, "it was never welcomed"
        time.sleep(0.05)
    return file.read_text()
