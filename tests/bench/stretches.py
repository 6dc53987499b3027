"""How long each long answer holds up others: the longest stretch of the loop's own work in which nobody else has a turn.

Counted in the processor time of the serving thread, which another program's load does not lengthen.
"""

from __future__ import annotations

import http.client
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import report
from tests.bench.fleets import Api, token
from tests.bench.full_house import House, build
from tests.bench.report import Part
from tests.bench.watched import STRETCHES
from tests.support.serving import served

WATCHED = (sys.executable, str(Path(__file__).with_name("watched.py")))
JSON, HTML = "application/json", "text/html"
# `{agent}` has the most of everything.
ANSWERS = {
    "/v1/tasks?limit=1000": JSON,
    "/v1/agents?limit=1000&offset=5000": JSON,
    "/api/agents": JSON,
    "/v1/fleet/recent-updates?limit=1000": JSON,
    "/v1/agents/{agent}/tasks?limit=1000": JSON,
    "/v1/agents/{agent}/commands?limit=1000": JSON,
    "/v1/audit?limit=1000": JSON,
    "/v1/people": JSON,
    "/v1/tokens": JSON,
    "/openapi.json": JSON,
    "/activity.csv": JSON,
    "/tasks.jsonl": JSON,
    "/": HTML,
    "/agents?view=table": HTML,
    "/agents/{agent}": HTML,
    "/agents/{agent}/tasks": HTML,
    "/tasks": HTML,
    "/tasks?view=list": HTML,
    "/tasks/new": HTML,
    "/activity": HTML,
    "/audit": HTML,
    "/people": HTML,
    "/tokens": HTML,
    "/search?q=a": HTML,
}
MOST = 30
NAME = "longest stretch (ms of processor time)"


@dataclass(frozen=True)
class Plan:
    """How much there is, and how often each answer is asked for."""

    house: House = field(default_factory=lambda: House(busy=1000))
    repeats: int = 5


QUICK = Plan(House(300, 3000, 500, 500, 100), repeats=1)


def measure(plan: Plan) -> Part:
    """Ask for each in turn, and again."""
    part = Part("stretches", f"how long one answer holds up others, with {plan.house.agents:,} agents")
    with tempfile.TemporaryDirectory(prefix="fleet-bench-") as name:
        folder = Path(name)
        build(folder, plan.house)
        watched = {STRETCHES: str(folder / "stretches")}
        with served(folder, "--log-level", "warn", program=WATCHED, environment=watched) as server:
            api = Api(server.port, token(server, "admin"))
            agent = str(api.call("GET", "/v1/tasks?label=own&limit=1")["tasks"][0]["assigned_agent_id"])
            for _ in range(plan.repeats):
                for path, kind in ANSWERS.items():
                    began, ended = ask(server.port, api.token, path.format(agent=agent), kind)
                    part.note(path, NAME, longest(folder, began, ended))
    for path in ANSWERS:
        part.aim(path, NAME, report.at_most(MOST, "ms"))
    return part


def ask(port: int, token: str, path: str, kind: str) -> tuple[float, float]:
    """Read an answer to its end; when it was asked for and when it was there, by the monotonic clock."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Accept": kind, "Accept-Encoding": "gzip"}
    began = time.monotonic()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    ended = time.monotonic()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    time.sleep(0.05)  # what comes after the last byte belongs to it
    return began, ended


def longest(folder: Path, began: float, ended: float) -> float:
    """The longest stretch that the loop worked between two moments, in milliseconds."""
    found = [0.0]
    for file in folder.glob("stretches.*"):
        for line in file.read_text().splitlines():
            at, took, work = map(float, line.split())
            if began <= at - took and at <= ended + 0.05:
                found.append(work * 1000)
    return max(found)
