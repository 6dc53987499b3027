"""A large file from a host and to it, through Fleet to its real daemon, beside `scp`; and what the server needs for it."""

from __future__ import annotations

import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.bench.report import Part, at_most, times_peer
from tests.support.daemon_host import RealHost, real_host
from tests.support.serving import Served, served
from tests.support.sshd import Machine, can_have_one, machine

GIBIBYTE = 1 << 30
SPEED, GROWTH = "GiB/s", "MiB more at most in the server"
SCP = "scp"


@dataclass(frozen=True)
class Plan:
    """How large a file, how often."""

    size: int = GIBIBYTE
    runs: int = 2


QUICK = Plan(size=64 << 20, runs=1)


def measure(plan: Plan) -> Part:
    """Each way in turn with scp's."""
    part = Part("files", f"a file of {plan.size >> 20} MiB, both ends and the server on this machine")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm")))
        server_folder = folder / "server"
        server_folder.mkdir()
        server = stack.enter_context(served(server_folder))
        headers = {"Authorization": f"Bearer {server.token}"}
        api = stack.enter_context(httpx.Client(base_url=server.url, headers=headers, timeout=600))
        host = stack.enter_context(real_host(api, folder / "host"))
        fill(host.logs / "file", plan.size)
        other = None
        if can_have_one():
            (folder / "ssh").mkdir()
            other = stack.enter_context(machine(folder / "ssh"))
        else:
            part.missing.append("sshd")
        for _ in range(plan.runs):
            run(part, plan, server, host, other)
    part.aim("download", SPEED, times_peer(3))
    part.aim("upload", SPEED, times_peer(3))
    for subject in ("download", "upload"):
        part.aim(subject, GROWTH, at_most(16, "MiB"))
    return part


def run(part: Part, plan: Plan, server: Served, host: RealHost, other: Machine | None) -> None:
    """One round."""
    for subject, act in (("download", download), ("upload", upload)):
        before = memory(server)
        part.note(subject, SPEED, plan.size / GIBIBYTE / act(server, host, plan.size))
        part.note(subject, GROWTH, max(0.0, memory(server) - before))
        if other is not None:
            part.note(subject, SPEED, plan.size / GIBIBYTE / scp(other, host, subject), SCP)


def fill(path: Path, size: int) -> None:
    """Write a file that no file system keeps as a hole."""
    piece = bytes(range(256)) * 4096
    with path.open("wb") as file:
        for _ in range(size // len(piece)):
            file.write(piece)


def download(server: Served, host: RealHost, size: int) -> float:
    """Seconds, into a file; by curl, which is written in C like scp."""
    copy = host.folder / "copy"
    took = curl(server, "-o", str(copy), f"{server.url}{host.url}?path={host.logs / 'file'}")
    assert copy.stat().st_size == size
    copy.unlink()
    return took


def upload(server: Served, host: RealHost, size: int) -> float:
    """Seconds."""
    copy = host.more / "copy"
    parts = (f"dest={copy}", "overwrite=true", f"file=@{host.logs / 'file'}")
    took = curl(
        server, "-o", "/dev/null", *(each for part in parts for each in ("-F", part)), f"{server.url}{host.url}"
    )
    assert copy.stat().st_size == size
    copy.unlink()
    return took


def curl(server: Served, *arguments: str) -> float:
    """Seconds that a call takes."""
    began = time.perf_counter()
    headers = ("-H", f"Authorization: Bearer {server.token}", "-H", "Expect:")
    subprocess.run(["curl", "-sf", *headers, *arguments], check=True, timeout=600)
    return time.perf_counter() - began


def scp(other: Machine, host: RealHost, subject: str) -> float:
    """Seconds; by its old protocol, for which sshd needs no subsystem."""
    source, copy = host.logs / "file", host.folder / "copy"
    there = "root@127.0.0.1:"
    pair = (f"{there}{source}", str(copy)) if subject == "download" else (str(source), f"{there}{copy}")
    options = ("-O", "-q", "-B", "-P", str(other.port), "-i", str(other.private_key), "-o", "StrictHostKeyChecking=no")
    known = ("-o", f"UserKnownHostsFile={host.folder / 'known'}")
    began = time.perf_counter()
    subprocess.run(["scp", *options, *known, *pair], check=True, timeout=600)
    took = time.perf_counter() - began
    copy.unlink(missing_ok=True)
    return took


def memory(server: Served) -> float:
    """MiB that the server's processes have had at most so far."""
    assert server.process is not None
    pids, total = [server.process.pid], 0
    while pids:
        pid = pids.pop()
        pids += [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        status = Path(f"/proc/{pid}/status").read_text()
        total += next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return total / 1024
