"""A host at the end of a cable that can be pulled: a network namespace of its own, with one wire to this machine."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO

# Waits in its namespace until the wire is there, then becomes the program.
WAIT = 'ip link set lo up && read -r wired && exec "$@" </dev/null'
BOTH_WAYS = ("INPUT", "OUTPUT")


@lru_cache(maxsize=1)
def can_have_one() -> bool:
    """Whether namespaces of the network, wires and rules are to be had here."""
    tried = (
        "unshare",
        "--net",
        "sh",
        "-c",
        "ip link add name wire type veth peer name end && iptables --append INPUT --jump DROP",
    )
    return os.geteuid() == 0 and subprocess.run(tried, capture_output=True, check=False).returncode == 0


@dataclass
class Cabled:
    """A program behind the wire; this machine is `here` for it."""

    program: Sequence[str]
    log: IO[bytes]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        enter = ("unshare", "--net", "sh", "-c", WAIT, "sh", *self.program)
        self.process = subprocess.Popen(
            enter, stdin=subprocess.PIPE, stdout=self.log, stderr=self.log, env=self.environment
        )
        # Of the range for tests between networks (RFC 2544), four addresses for each process.
        self.network = f"198.18.{self.process.pid // 64 % 256}.{self.process.pid % 64 * 4}"
        self.wire = f"flt{self.process.pid}"

    def address(self, number: int) -> str:
        """One of the four."""
        head, _, last = self.network.rpartition(".")
        return f"{head}.{int(last) + number}"

    @property
    def here(self) -> str:
        """Where this machine is for it."""
        return self.address(1)

    def lay(self) -> None:
        """Lay the wire."""
        wait_for_namespace(self.process.pid)
        run(
            "ip",
            "link",
            "add",
            "name",
            self.wire,
            "type",
            "veth",
            "peer",
            "name",
            "eth0",
            "netns",
            str(self.process.pid),
        )
        run("ip", "address", "add", f"{self.here}/30", "dev", self.wire)
        run("ip", "link", "set", self.wire, "up")
        self.inside("ip", "address", "add", f"{self.address(2)}/30", "dev", "eth0")
        self.inside("ip", "link", "set", "eth0", "up")

    def start(self) -> None:
        """Let the program begin."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        self.process.stdin.close()

    def pull(self) -> None:
        """Nothing gets through any more, and nobody is told."""
        for chain in BOTH_WAYS:
            self.inside("iptables", "--append", chain, "--jump", "DROP")

    def plug(self) -> None:
        """As before."""
        for chain in BOTH_WAYS:
            self.inside("iptables", "--flush", chain)

    def inside(self, *argv: str) -> None:
        """Run a program in the namespace."""
        run("nsenter", "--target", str(self.process.pid), "--net", *argv)


@contextlib.contextmanager
def cabled(program: Sequence[str], log: IO[bytes], environment: dict[str, str]) -> Iterator[Cabled]:
    """A program that waits behind a wire that is laid; ended afterwards, and its wire goes with it."""
    made = Cabled(program, log, environment)
    try:
        made.lay()
        yield made
    finally:
        made.process.kill()
        made.process.wait()
        if made.process.stdin is not None:
            with contextlib.suppress(OSError):
                made.process.stdin.close()
        subprocess.run(["ip", "link", "delete", made.wire], capture_output=True, check=False)


def wait_for_namespace(pid: int) -> None:
    """Until the process has left this machine's network."""
    own = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{pid}/ns/net").readlink() == own:
        os.sched_yield()


def run(*argv: str) -> None:
    """Raises AssertionError with its words when it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(argv)}: {done.stderr}"
