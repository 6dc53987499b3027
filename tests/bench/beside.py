"""This build beside another one: the same requests in turn, so that a machine's moods hit both."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from tests.bench import loading
from tests.bench.fleets import Fleet, cpu_seconds, fleet
from tests.bench.loading import CONNECTIONS
from tests.bench.report import FLEET, Part
from tests.bench.writes import AGENTS, SUBJECTS, beat_once

OTHER = "other build"


@dataclass(frozen=True)
class Plan:
    """How long each script runs, how often, and the Python whose Fleet is the other build."""

    seconds: float = 2.0
    repeats: int = 9
    python: str = ""


QUICK = Plan(1.0, 3)


def measure(plan: Plan) -> Part:
    """Measure every verb by both builds in turn."""
    part = Part("beside", f"requests over {CONNECTIONS} kept-alive connections, this build and another one in turn")
    if not plan.python:
        part.missing.append("the other build: --beside PYTHON, the interpreter of its virtual environment")
        return part
    with contextlib.ExitStack() as stack:
        this = stack.enter_context(fleet(AGENTS))
        other = stack.enter_context(fleet(AGENTS, (plan.python, "-m", "fleet")))
        builds = {FLEET: this, OTHER: other}
        for build in builds.values():
            beat_once(build)
            for script in SUBJECTS:
                run(script, build, 1.0)
        for _ in range(plan.repeats):
            for script, subject in SUBJECTS.items():
                # A task is claimed by one and made by the other: more are made than a run can take.
                seconds = plan.seconds * (2 if script == "task" else 1)
                for who, build in builds.items():
                    for measure_name, value in run(script, build, seconds).items():
                        part.note(subject, measure_name, value, who)
    return part


def run(script: str, build: Fleet, seconds: float) -> dict[str, float]:
    """One script's figures by one build."""
    before = cpu_seconds(build.pids)
    found = loading.wrk(script, build.server.port, build.api.token, build.ids_file(), seconds)
    spent = (cpu_seconds(build.pids) - before) * 1000 / max(1, found["requests"])
    return {
        "per second": found["per_second"],
        "p99 (ms)": found["p99_ms"],
        "server CPU per request (ms)": spent,
        "errors": found["errors"],
    }
