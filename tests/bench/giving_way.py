"""Short calls beside long answers: a PATCH beside exports, a new task beside waiting claims, the first page of all."""

from __future__ import annotations

import contextlib
import http.client
import json
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import quantiles

from tests.bench import report
from tests.bench.fleets import Api, Fleet, cpu_seconds, operator
from tests.bench.full_house import NOBODY, House, build
from tests.bench.report import Part
from tests.support.serving import served

LONG = {
    "the activity as CSV": "/activity.csv",
    "the activity as JSON lines": "/activity.jsonl",
    "the tasks as CSV": "/tasks.csv",
    "1,000 agents as JSON": "/v1/agents?limit=1000",
    "1,000 tasks as JSON": "/v1/tasks?limit=1000",
    "1,000 lines of activity as JSON": "/v1/fleet/recent-updates?limit=1000",
    "the overview": "/",
    "the form of a new task": "/tasks/new",
}
PACE = 0.005
FIRST = "the first page after a start"


@dataclass(frozen=True)
class Plan:
    """How much there is, how many PATCHes beside each long answer, how many claims wait, how often."""

    house: House = field(default_factory=House)
    patches: int = 400
    waiting: int = 1000
    tasks: int = 200
    repeats: int = 3


QUICK = Plan(House(300, 3000, 500, 500), patches=50, waiting=50, tasks=20, repeats=1)


def measure(plan: Plan) -> Part:
    """Measure each."""
    part = Part("long", f"short calls beside long answers, with {plan.house.events:,} lines of activity")
    with house(plan) as running:
        for _ in range(plan.repeats):
            patches(part, "nothing", running, plan.patches)
            for name, path in LONG.items():
                with asking(running, path):
                    patches(part, name, running, plan.patches)
            new_tasks(part, running, plan)
    for _ in range(plan.repeats):
        first_pages(part, plan)
    for name in LONG:
        part.aim(f"a PATCH beside {name}", "p99 (ms)", report.at_most(50, "ms"))
    part.aim(claims_of(plan), "server CPU per new task (ms)", report.at_most(5, "ms"))
    return part


@contextlib.contextmanager
def house(plan: Plan) -> Iterator[Fleet]:
    """A Fleet with that much in it."""
    with tempfile.TemporaryDirectory(prefix="fleet-bench-") as folder:
        build(Path(folder), plan.house)
        with served(Path(folder), "--log-level", "warn") as server:
            api = Api(server.port, operator(server))
            agents = [str(row["id"]) for row in api.call("GET", "/v1/agents?limit=1000")["agents"]]
            yield Fleet(server, api, agents)


@contextlib.contextmanager
def asking(running: Fleet, path: str) -> Iterator[None]:
    """Somebody asks for a long answer again and again."""
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            fetch(running.server.port, running.api.token, path, over)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)


def fetch(port: int, token: str, path: str, over: threading.Event) -> None:
    """Read an answer to its end, or until it is enough."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        while answer.read(65536) and not over.is_set():
            pass


def patches(part: Part, beside: str, running: Fleet, count: int) -> None:
    """So many PATCHes, one at a time."""
    spans = []
    for number in range(count):
        began = time.perf_counter()
        agent = running.agents[number % len(running.agents)]
        running.api.call("PATCH", f"/v1/agents/{agent}", {"progress": number % 101})
        spans.append((time.perf_counter() - began) * 1000)
        time.sleep(PACE)
    note_spans(part, f"a PATCH beside {beside}", spans)


def note_spans(part: Part, subject: str, spans: Sequence[float]) -> None:
    """The middle and the slow end."""
    hundredths = quantiles(spans, n=100)
    part.note(subject, "p50 (ms)", hundredths[49])
    part.note(subject, "p99 (ms)", hundredths[98])


def claims_of(plan: Plan) -> str:
    """What the figures of waiting claims are called."""
    return f"a task that none of {plan.waiting:,} waiting claims can do, among {plan.house.tasks:,}"


def new_tasks(part: Part, running: Fleet, plan: Plan) -> None:
    """Make tasks that nobody can do while claims wait."""
    with waiting(running, plan.waiting):
        before, spans = cpu_seconds(running.pids), []
        for number in range(plan.tasks):
            began = time.perf_counter()
            task = {"title": f"One more {number}", "description": "Of these.", "required_capabilities": [NOBODY]}
            running.api.call("POST", "/v1/tasks", task)
            spans.append((time.perf_counter() - began) * 1000)
        spent = (cpu_seconds(running.pids) - before) * 1000 / plan.tasks
    note_spans(part, claims_of(plan), spans)
    part.note(claims_of(plan), "server CPU per new task (ms)", spent)


@contextlib.contextmanager
def waiting(running: Fleet, count: int) -> Iterator[None]:
    """So many claims that wait, each of an agent; they are cut off at the end."""
    connections = []
    for agent in (running.agents * (count // len(running.agents) + 1))[:count]:
        connection = http.client.HTTPConnection("127.0.0.1", running.server.port, timeout=120)
        headers = {"Authorization": f"Bearer {running.api.token}", "Content-Type": "application/json"}
        connection.request("POST", "/v1/tasks/claim", json.dumps({"agent_id": agent, "wait": 55}), headers)
        connections.append(connection)
    time.sleep(3.0)  # each has looked, and waits
    try:
        yield
    finally:
        for connection in connections:
            connection.close()


def first_pages(part: Part, plan: Plan) -> None:
    """The first page after a start, and the same later."""
    with house(replace(plan, house=replace(plan.house, events=min(3000, plan.house.events)))) as running:
        for number in range(10):
            began = time.perf_counter()
            fetch(running.server.port, running.api.token, "/", threading.Event())
            part.note(FIRST, "later (ms)" if number else "the first (ms)", (time.perf_counter() - began) * 1000)
