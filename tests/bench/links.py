"""Hosts' links: what they weigh, how soon a command is with its host, and how fast all come back after a restart."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from sqlalchemy import create_engine, insert

from fleet.models.agent.editable import DEFAULTS
from fleet.models.agent.record import AGENTS
from fleet.models.token import TOKENS
from tests.bench import report
from tests.bench.fleets import Api, fleet
from tests.bench.load.daemons import Daemons, Host
from tests.bench.report import Part


@dataclass(frozen=True)
class Plan:
    """How many hosts are linked, how many get one command each at once, how many commands one host gets in turn."""

    links: int = 10_000
    many: int = 1000
    one_by_one: int = 300
    beats: int = 10


QUICK = Plan(200, 100, 50, 2)


def measure(plan: Plan) -> Part:
    """All link to one server; commands are sent to one and to many of them."""
    part = Part("links", f"{plan.links} hosts linked to one server")
    with fleet(1) as running:
        hosts = enrolled(running.server.database, plan.links)
        came: dict[str, float] = {}
        daemons = Daemons(running.server.port, came.__setitem__)
        process = running.server.process
        assert process is not None
        base = memory(process.pid)
        part.note("all in", "seconds", daemons.connect(hosts))
        part.note("memory", "MB with all linked", memory(process.pid))
        part.note("memory", "KB a link", (memory(process.pid) - base) * 1024 / plan.links)
        beats(part, plan, daemons, process.pid)
        one_host(part, plan, running.api, daemons, hosts[0], came)
        many_hosts(part, plan, running.api, daemons, hosts, came)
        daemons.close()
    part.aim("memory", "MB with all linked", report.at_most(250, "MB"))
    part.aim("one host", "enqueue to receipt, p99 (ms)", report.at_most(50, "ms"))
    return part


def enrolled(database: Path, count: int) -> list[Host]:
    """Hosts with a key each, written as their enrolment would."""
    hosts = [Host(f"agt_{number:08x}", "fla_" + secrets.token_urlsafe(32)) for number in range(count)]
    now = datetime.now(UTC)
    agents = [
        DEFAULTS
        | {
            "id": host.id,
            "name": host.id,
            "kind": "host",
            "worktree": "/",
            "hostname": host.id,
            "name_is_derived": True,
        }
        | {"status_changed_at": now, "created_at": now, "updated_at": now}
        for host in hosts
    ]
    tokens = [
        {
            "id": f"tok_{host.id}",
            "kind": "agent",
            "name": host.id,
            "role": "agent",
            "prefix": "fla_bench",
            "digest": hashlib.sha256(host.key.encode()).hexdigest(),
            "agent_id": host.id,
            "created_at": now,
        }
        for host in hosts
    ]
    engine = create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.execute(insert(AGENTS), agents)
        connection.execute(insert(TOKENS), tokens)
    engine.dispose()
    return hosts


def one_host(part: Part, plan: Plan, api: Api, daemons: Daemons, host: Host, came: dict[str, float]) -> None:
    """One command after the other: from the call until the daemon has it, and until the caller has its answer."""
    spans = []
    for _ in range(plan.one_by_one):
        sent: dict[str, Any] = {}
        began = time.perf_counter()
        caller = threading.Thread(target=call, args=(api, host, sent))
        caller.start()
        before = len(came)
        while len(came) == before:
            daemons.turn(1.0)
        caller.join()
        spans.append((came[sent["id"]] - began) * 1000)
    daemons.turn(0.1)
    part.note("one host", "enqueue to receipt, median (ms)", median(spans))
    part.note("one host", "enqueue to receipt, p99 (ms)", quantiles(spans, n=100)[98])


def many_hosts(part: Part, plan: Plan, api: Api, daemons: Daemons, hosts: list[Host], came: dict[str, float]) -> None:
    """One command for each of many, sent by eight callers: until the last host has its own."""
    chosen, want = hosts[: plan.many], len(came) + plan.many
    began = time.perf_counter()
    callers = [threading.Thread(target=call_all, args=(api, chosen[number::8])) for number in range(8)]
    for caller in callers:
        caller.start()
    while len(came) < want:
        daemons.turn(1.0)
    took = time.perf_counter() - began
    for caller in callers:
        caller.join()
    part.note("many hosts", f"seconds until {plan.many} have one command each, by calls of their own", took)


def call(api: Api, host: Host, sent: dict[str, Any]) -> None:
    """Queue a command that does nothing."""
    body = {"type": "shell", "params": {"command": "true"}}
    sent.update(api.call("POST", f"/v1/agents/{host.id}/commands", body))


def call_all(api: Api, hosts: list[Host]) -> None:
    """Queue one for each."""
    for host in hosts:
        call(api, host, {})


def beats(part: Part, plan: Plan, daemons: Daemons, pid: int) -> None:
    """All beat a few times: what a beat costs the server's processor."""
    before = processor(pid)
    for _ in range(plan.beats):
        daemons.beat()
    time.sleep(2.0)
    part.note("beats", "µs of the processor each", (processor(pid) - before) * 1e6 / (plan.beats * plan.links))


def memory(pid: int) -> float:
    """Resident megabytes of a process and its children."""
    return sum(int(line.split()[1]) for each in family(pid) for line in status(each)) / 1024


def status(pid: int) -> list[str]:
    """The line of /proc that tells the resident memory."""
    text = Path(f"/proc/{pid}/status").read_text()
    return [line for line in text.splitlines() if line.startswith("VmRSS:")]


def processor(pid: int) -> float:
    """Seconds of the processor that a process and its children have used."""
    ticks = 0
    for each in family(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / 100


def family(pid: int) -> list[int]:
    """A process and those that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in family(int(child)))]
