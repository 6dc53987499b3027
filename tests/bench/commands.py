"""A command that does nothing on real hosts, from the call to its end known to the caller; beside `ssh`."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx

from tests.bench.fleets import Api, fleet, token
from tests.bench.report import Part, at_most
from tests.support.daemon_host import RealHost, real_host
from tests.support.sshd import Machine, can_have_one, machine

ONE, MANY = "one host", "hosts at once"
TOOK = "call to end (ms, median)"
SSH = "ssh"
WARM_UP = 10


@dataclass(frozen=True)
class Plan:
    """How many commands one host gets in turn, how many hosts get one each at once, and how often all of it is done."""

    commands: int = 100
    hosts: int = 20
    times: int = 10
    runs: int = 3


QUICK = Plan(commands=10, hosts=3, times=2, runs=1)


def measure(plan: Plan) -> Part:
    """One host, then many, each in turn with ssh to as many connections that stand."""
    part = Part("commands", f"`true` on one host and on {plan.hosts}, each with its real daemon, journal and runner")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fleet-bench-")))
        running = stack.enter_context(fleet(0))
        admin = Api(running.server.port, token(running.server, "admin"))
        headers = {"Authorization": f"Bearer {admin.token}"}
        client = stack.enter_context(httpx.Client(base_url=running.server.url, headers=headers, timeout=60))
        hosts = [stack.enter_context(real_host(client, folder / f"host-{number}")) for number in range(plan.hosts)]
        ways: list[list[str]] = []
        if can_have_one():
            (folder / "ssh").mkdir()
            other = stack.enter_context(machine(folder / "ssh"))
            # What a login of this machine's root does besides is no time of ssh's.
            other.inside("sh", "-c", "rm -f /root/.bashrc /root/.profile /root/.bash_profile")
            ways = [stack.enter_context(way(other, folder / f"way-{number}")) for number in range(plan.hosts)]
        else:
            part.missing.append("sshd")
        for host in hosts:
            for _ in range(WARM_UP):
                by_fleet(admin, host)
        for _ in range(plan.runs):
            run(part, plan, admin, hosts, ways)
        part.notes.append(f"a bare fdatasync on that disk: {synced(folder):.2f} ms")
    part.aim(ONE, TOOK, at_most(5, "ms"))
    part.aim(f"{plan.hosts} {MANY}", TOOK, at_most(40, "ms"))
    return part


def run(part: Part, plan: Plan, api: Api, hosts: list[RealHost], ways: list[list[str]]) -> None:
    """One round."""
    part.note(ONE, TOOK, median(by_fleet(api, hosts[0]) for _ in range(plan.commands)))
    if ways:
        part.note(ONE, TOOK, median(by_ssh(ways[0]) for _ in range(plan.commands)), SSH)
    with ThreadPoolExecutor(plan.hosts) as threads:

        def all_fleet() -> float:
            began = time.perf_counter()
            list(threads.map(lambda host: by_fleet(api, host), hosts))
            return (time.perf_counter() - began) * 1000

        def all_ssh() -> float:
            began = time.perf_counter()
            list(threads.map(by_ssh, ways))
            return (time.perf_counter() - began) * 1000

        all_fleet()  # connections are made
        part.note(f"{plan.hosts} {MANY}", TOOK, median(all_fleet() for _ in range(plan.times)))
        if ways:
            part.note(f"{plan.hosts} {MANY}", TOOK, median(all_ssh() for _ in range(plan.times)), SSH)


def by_fleet(api: Api, host: RealHost) -> float:
    """Milliseconds from the call to the answer that tells the end."""
    url = f"/api/agents/{host.id}/commands"
    began = time.perf_counter()
    sent = api.call("POST", url, {"type": "shell", "params": {"command": "true"}})
    ended = api.call("GET", f"{url}/{sent['command_id']}?wait=30")
    took = (time.perf_counter() - began) * 1000
    assert ended["status"] == "succeeded", ended
    return took


def by_ssh(argv: list[str]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    subprocess.run([*argv, "true"], check=True, timeout=60)
    return (time.perf_counter() - began) * 1000


@contextmanager
def way(other: Machine, folder: Path) -> Iterator[list[str]]:
    """The command line of a connection that stands already."""
    folder.mkdir()
    known = ("-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={folder / 'known'}", "-o", "BatchMode=yes")
    through = ("-o", f"ControlPath={folder / 'socket'}")
    argv = ["ssh", "-q", *known, *through, "-p", str(other.port), "-i", str(other.private_key), "root@127.0.0.1"]
    first = subprocess.Popen([*argv[:1], "-M", "-N", *argv[1:]])
    try:
        while not (folder / "socket").exists():
            assert first.poll() is None, "ssh did not connect"
            time.sleep(0.05)
        yield argv
    finally:
        first.terminate()
        first.wait()


def synced(folder: Path) -> float:
    """Milliseconds that the disk takes for a line, at the median."""
    took = []
    with (folder / "probe").open("ab", buffering=0) as file:
        for _ in range(50):
            file.write(b"x" * 200)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
    return median(took)
