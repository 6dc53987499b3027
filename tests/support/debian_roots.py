"""Debian systems beside this machine's own, made by `.ci/roots`, and programs that run in them as on a host.

Each program has a mount namespace of its own, in which a layer to be thrown away
lies over the system: what it writes outside the places that it was given is gone
when it ends, and nothing has to be unmounted.
"""

from __future__ import annotations

import os
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
# Which Debian has which Python: the oldest that the daemon runs on, and those after it.
SUITES = {"3.9": "bullseye", "3.11": "bookworm", "3.13": "trixie"}
# $0 is the system; then come the number of places, the places, and what is to run. /proc, /dev and /sys are this
# machine's, and so are processes, network and users: only the files are others. Every step is an exec, so the
# program has the id of what was started.
ENTER = """
set -e
mount -t tmpfs tmpfs /mnt
mkdir /mnt/up /mnt/work /mnt/root
mount -t overlay overlay -o "lowerdir=$0,upperdir=/mnt/up,workdir=/mnt/work" /mnt/root
here=$PWD count=$1
shift
while [ "$count" -gt 0 ]; do
  mkdir -p "/mnt/root$1"
  mount --rbind "$1" "/mnt/root$1"
  count=$((count - 1))
  shift
done
exec /usr/sbin/chroot /mnt/root /bin/sh -c 'cd "$0" 2>/dev/null || cd /; exec "$@"' "$here" "$@"
"""
KERNEL = ("/proc", "/dev", "/sys")


@lru_cache
def root(suite: str) -> Path:
    """Where a system is, or would be."""
    said = subprocess.run([CHECKOUT / ".ci/roots", "--where", suite], capture_output=True, text=True, check=True)
    return Path(said.stdout.strip())


def inside(suite: str, *places: Path) -> tuple[str, ...]:
    """What stands before a program that is to run in a system, which sees the checkout and `places` of this machine.

    Where there is no such system, or nobody may enter it, the test is skipped; with CI=true it fails.
    """
    if os.geteuid() != 0 or not root(suite).is_dir():
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say(f"there is no Debian {suite} here: .ci/setup --tests makes one, and it takes root to enter it")
    seen = [*KERNEL, *map(str, (CHECKOUT, *places))]
    enter = ("unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER)
    return (*enter, str(root(suite)), str(len(seen)), *seen)


def python(number: str, *places: Path) -> tuple[str, ...]:
    """The Python of a host that has this one, as `inside`."""
    return (*inside(SUITES[number], *places), f"python{number}")
