"""A copy of this machine to install things on: a root under a layer, processes and `/run` of its own.

It is gone with its first process.
Nothing that is done in it reaches this machine. `/tmp` in it is `noexec`, as hardened machines have it.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from tests.support.api import eventually

BEGIN = """\
set -e
mount -t tmpfs tmpfs "$0"
mkdir "$0/upper" "$0/work" "$0/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/root"
mount -t proc proc "$0/root/proc"
mount --rbind /dev "$0/root/dev"
mount -t tmpfs tmpfs "$0/root/run"
mount -t tmpfs -o noexec tmpfs "$0/root/tmp"
exec chroot "$0/root" sleep infinity
"""
UNSHARED = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class SpareMachine:
    """A machine by the process that everything in it hangs on."""

    def __init__(self, first: int) -> None:
        self._enter = ["nsenter", "--target", str(first), "--mount", "--pid", "--root", "--wd"]

    def run(
        self, *argv: str, stdin: str = "", environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as root, with an environment that is stated."""
        wanted = {"PATH": PATH, "HOME": "/root", **(environment or {})}
        return subprocess.run(
            [*self._enter, "--", *argv],
            input=stdin,
            capture_output=True,
            text=True,
            env=wanted,
            timeout=120,
            check=False,
        )

    def sh(self, line: str) -> str:
        """What a line of shell prints there; it must succeed."""
        done = self.run("sh", "-c", line)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def holds(self, path: str) -> bool:
        """Whether there is something at a path."""
        return self.run("test", "-e", path).returncode == 0

    def put(self, path: str, text: str, mode: str = "644") -> None:
        """Write a file."""
        done = self.run("sh", "-c", f'mkdir -p "$(dirname "$0")" && cat >"$0" && chmod {mode} "$0"', path, stdin=text)
        assert done.returncode == 0, done.stderr

    def fake(self, path: str, then: str = ":") -> None:
        """A program that notes how it was called, and then does something."""
        self.put(path, f'#!/bin/sh\necho "{Path(path).name} $*" >>/root/calls\n{then}\n', "755")

    def calls(self) -> list[str]:
        """How fake programs were called, in order."""
        return self.sh("cat /root/calls 2>/dev/null || true").splitlines()


@lru_cache(maxsize=1)
def can_have_one() -> bool:
    """Whether this machine can be copied so: that needs root, namespaces and overlays."""
    if os.geteuid() != 0:
        return False
    tried = BEGIN.replace("exec chroot", "true; :")
    argv = [*UNSHARED, "sh", "-c", tried, "/mnt"]
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def spare_machine(folder: Path) -> Iterator[SpareMachine]:
    """One, with a folder of this machine for its layer."""
    layer = folder / "layer"
    layer.mkdir()
    process = subprocess.Popen([*UNSHARED, "sh", "-c", BEGIN, str(layer)], cwd="/")
    try:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        first = int(eventually(lambda: process.poll() is None and children.read_text().split())[0])
        eventually(lambda: Path(f"/proc/{first}/cmdline").read_bytes() == b"sleep\0infinity\0")
        yield SpareMachine(first)
    finally:
        process.kill()
        process.wait()
