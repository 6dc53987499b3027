"""A Docker engine for tests, and machines in it that start by systemd and can be deployed to.

The engine is the tests' own: `dockerd` on a socket of its own, ended by its pid. Images stay in a data folder beside
the systems of `.ci/roots`, so that each is made once; containers do not. One engine runs at a time on a machine, since
its bridge and rules are the kernel's: whoever wants it meanwhile, another worker or checkout, waits.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.debian_roots import root

PATIENCE = 40.0
# Of the engine's own, ended by whatever ends the test: a killed test leaves none behind that holds the folder.
DOCKERD = ("setpriv", "--pdeathsig", "TERM", "dockerd")


@dataclass(frozen=True)
class Engine:
    """An engine that answers at `url`."""

    url: str

    def docker(self, *argv: str, given: bytes | None = None, check: bool = True) -> str:
        """What a command of Docker's own client says. Raises AssertionError with its words when it fails."""
        done = subprocess.run(["docker", "--host", self.url, *argv], input=given, capture_output=True, check=False)
        assert done.returncode == 0 or not check, done.stderr.decode(errors="replace")
        return done.stdout.decode(errors="replace").strip()

    def answers(self) -> bool:
        """True while it does."""
        return bool(self.docker("version", "--format", "{{.Server.Version}}", check=False))

    def have(self, suite: str) -> str:
        """The image of a Debian of `.ci/roots`; its name."""
        system = root(suite)
        name = f"fleet-tests-{system.name}"
        if not self.docker("images", "--quiet", name):
            packed = subprocess.Popen(["tar", "-C", str(system), "-c", "."], stdout=subprocess.PIPE)
            command = ["docker", "--host", self.url, "import", "-", name]
            subprocess.run(command, stdin=packed.stdout, capture_output=True, check=True)
            assert packed.stdout is not None
            packed.stdout.close()
            assert packed.wait() == 0
        return name


def can_have_one() -> bool:
    """Whether there are root, Docker's programs and the system that machines are made of."""
    return os.geteuid() == 0 and shutil.which("dockerd") is not None and root("bookworm").is_dir()


@contextlib.contextmanager
def engine() -> Iterator[Engine]:
    """An engine, alone; the test is skipped where none can be had, and fails there with CI=true."""
    if not can_have_one():
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("there is no Docker engine here: .ci/setup --tests brings one, and it takes root to start it")
    cache = root("bookworm").parent
    with (cache / "engine.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Short, since the name of a socket is.
        folder = Path(tempfile.mkdtemp(prefix="fleet-engine-"))
        try:
            with started(folder, cache / "engine") as made:
                yield made
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def started(folder: Path, data: Path) -> Iterator[Engine]:
    """dockerd, until the end; containers that a killed test has left in its data are removed first."""
    made = Engine(f"unix://{folder}/socket")
    places = ["--data-root", str(data), "--exec-root", str(folder / "exec"), "--pidfile", str(folder / "pid")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*DOCKERD, *places, "--host", made.url], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + PATIENCE
        while not made.answers():
            said = (folder / "log").read_text(errors="replace")[-2000:]
            assert process.poll() is None, f"dockerd has ended:\n{said}"
            assert time.monotonic() < deadline, f"dockerd does not answer:\n{said}"
            time.sleep(0.1)
        remove_all(made)
        yield made
        remove_all(made)
    finally:
        process.terminate()
        process.wait(PATIENCE)
        # What dockerd leaves of the kernel's: a mount of its network, and its bridge.
        subprocess.run(["umount", str(folder / "exec/netns/default")], capture_output=True, check=False)
        subprocess.run(["ip", "link", "delete", "docker0"], capture_output=True, check=False)


def remove_all(made: Engine) -> None:
    """No container is left, nor what it has written."""
    if there := made.docker("ps", "--all", "--quiet").split():
        made.docker("rm", "--force", "--volumes", *there)
