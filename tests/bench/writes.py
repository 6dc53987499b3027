"""Durable writes over 64 kept-alive connections, beside a Flask that does nothing."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass

from tests.bench import loading, peers, report
from tests.bench.fleets import Fleet, cpu_seconds, fleet
from tests.bench.loading import CONNECTIONS
from tests.bench.report import FLEET, Part

AGENTS = 100
# Scripts of wrk, in this order: tasks are made before they are claimed, for twice as long.
SUBJECTS = {
    "patch": "PATCH an agent's progress",
    "heartbeat": "heartbeat that says nothing new",
    "event": "POST an event",
    "task": "POST a task",
    "claim": "claim a task, complete it (each request counts)",
    "list": "GET a list of 100 agents",
}
WRITES = ("patch", "heartbeat", "event", "claim")
NOOP = "Flask no-op"
# The original server of document 1 on 2 cores, on another day and another machine: (requests a second, p99 in ms).
# At equal durability, in one run, Fleet's PATCH was 1.77 of its rate; beside it as built, not durable, 0.65.
ORIGINAL = {"patch": (1700.0, 150.0), "list": (700.0, None)}


@dataclass(frozen=True)
class Plan:
    """How long each script runs, and how often."""

    seconds: float = 4.0
    repeats: int = 5


QUICK = Plan(2.0, 1)


def measure(plan: Plan) -> Part:
    """Measure every verb and the no-op in turn."""
    part = Part(
        "writes",
        f"requests over {CONNECTIONS} kept-alive connections; every write is durable before its answer",
    )
    part.notes.append(
        "the no-op is a bare Flask under gunicorn's stock gevent worker: one process, one worker, as Fleet."
    )
    if shutil.which("wrk") is None:
        part.missing.append("wrk, the client")
        return part
    with contextlib.ExitStack() as stack:
        running, idle = stack.enter_context(fleet(AGENTS)), stack.enter_context(peers.noop())
        beat_once(running)
        for script in ("noop", *SUBJECTS):
            run(script, running, idle, 1.0)
        for _ in range(plan.repeats):
            for script, subject in SUBJECTS.items():
                # Before each, not once a round: a shared machine is a quarter faster or slower a minute later.
                nothing = run("noop", running, idle, plan.seconds)
                found = run(script, running, idle, plan.seconds * (2 if script == "task" else 1))
                if not found["requests"]:
                    part.notes.append(f"{subject}: no answer came within a run; nothing is noted of it.")
                    continue
                for who, result in ((FLEET, found), (NOOP, nothing)):
                    part.note(subject, "per second", result["per_second"], who)
                    part.note(subject, "p50 (ms)", result["p50_ms"], who)
                    part.note(subject, "p99 (ms)", result["p99_ms"], who)
                    part.note(subject, "server CPU per request (ms)", result["cpu_ms"], who)
                part.note(subject, "errors", found["errors"])
    set_aims(part)
    return part


def run(script: str, running: Fleet, idle: peers.Peer, seconds: float) -> dict[str, float]:
    """One script's figures."""
    port, pids = (idle.port, idle.pids) if script == "noop" else (running.server.port, running.pids)
    before = cpu_seconds(pids)
    found = loading.wrk(script, port, running.api.token, running.ids_file(), seconds)
    return found | {"cpu_ms": (cpu_seconds(pids) - before) * 1000 / max(1, found["requests"])}


def beat_once(running: Fleet) -> None:
    """The first heartbeats, which make the agents that the script beats for."""
    for number in range(AGENTS):
        identity = {
            "hostname": f"bench-{number:03}",
            "machine_address": "10.0.0.1",
            "repo_path": "/srv/bench",
        }
        running.api.call("POST", "/v1/agents/heartbeat", identity)


def set_aims(part: Part) -> None:
    """What is wanted."""
    for script, subject in SUBJECTS.items():
        part.aim(subject, "errors", report.at_most(0, ""))
        if script in WRITES:
            part.aim(subject, "per second", report.times_peer(0.75))
            part.aim(subject, "p99 (ms)", report.at_most(75, "ms"))
        if script in ORIGINAL:
            rate, p99 = ORIGINAL[script]
            part.aim(subject, "per second", report.at_least(rate, "(the original, another day and machine)"))
            if p99:
                part.aim(subject, "p99 (ms)", report.at_most(p99, "ms (the original, another day and machine)"))
