"""What looking at a token costs a request: the same route with the check and without, in one server process.

`python -m tests.bench.tokens FOLDER` is that process. It serves Fleet's own
application by calling it as a WSGI server does, request after request, the check
on and off in turn, so that whatever else the machine does meets both alike. The
HTTP server's own work is left out: with it the check's share is smaller.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.report import Aim, Part

WITH, WITHOUT = "Fleet", "no check"
ROUTES = {"one agent": "/v1/agents/{agent}", "a list of 100 agents": "/v1/agents?limit=100"}
AGENTS = 100
AT_MOST = 1.15


@dataclass(frozen=True)
class Plan:
    """How many slices of how many requests are measured of each kind."""

    slices: int = 60
    requests: int = 50


QUICK = Plan(slices=10)


def measure(plan: Plan) -> Part:
    """Run the process, and note what it found."""
    part = Part("tokens", "processor time of a request with a token, beside the same one with the check bypassed")
    with tempfile.TemporaryDirectory(prefix="fleet-bench-") as folder:
        command = [sys.executable, "-m", "tests.bench.tokens", folder, str(plan.slices), str(plan.requests)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    for subject, found in json.loads(done.stdout.splitlines()[-1]).items():
        for who in (WITH, WITHOUT):
            for value in found[who]:
                part.note(subject, "CPU per request (ms)", value, who)
        part.aim(
            subject,
            "CPU per request (ms)",
            Aim(f"≤ {AT_MOST:g} × peer", lambda mine, theirs: mine <= AT_MOST * theirs),
        )
    return part


def main() -> None:
    """Measure in this process; prints one JSON object as its last line."""
    folder, slices, requests = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    from tests.support.application import application

    # Beyond any rate that this process reaches: the count is a part of the check, and stays.
    with application(folder, dev=False, rate_limit=1_000_000) as app:
        secret, agent = prepared()
        found = {
            subject: compared(app, path.format(agent=agent), secret, slices, requests)
            for subject, path in ROUTES.items()
        }
    print(json.dumps(found))


def prepared() -> tuple[str, str]:
    """A token, and agents to be read."""
    from fleet.db import write
    from fleet.models import agent, token

    made = [
        write(lambda tx, number=number: agent.create(tx, {"name": f"Worker {number}", "worktree": "/srv"}))
        for number in range(AGENTS)
    ]
    return write(lambda tx: token.create(tx, "token", "bench", "operator")).secret, str(made[0].id)


def compared(app: Any, path: str, secret: str, slices: int, requests: int) -> dict[str, list[float]]:
    """Milliseconds a request, slice by slice, with the check and without it in turn."""
    found: dict[str, list[float]] = {WITH: [], WITHOUT: []}
    for _ in range(3):
        run(app, path, secret, requests)
    for number in range(2 * slices):
        # with, without, without, with, …: what comes second on a busy machine is neither's lot
        if number % 4 in (0, 3):
            found[WITH].append(run(app, path, secret, requests))
        else:
            with bypassed(app, secret):
                found[WITHOUT].append(run(app, path, secret, requests))
    return found


@contextmanager
def bypassed(app: Any, secret: str) -> Iterator[None]:
    """Everybody is this token's holder, and nobody looks: neither at the header, nor at rates and roles."""
    from flask import g

    from fleet.web.security import authentication
    from fleet.web.security.credentials import Identity

    somebody = Identity("tok_bench", "bench", "operator", "tok_bench")

    def admit() -> None:
        g.identity, g.credential = somebody, ("token", secret, "")

    asked = app.before_request_funcs[None]
    place = asked.index(authentication.admit)
    asked[place] = admit
    try:
        yield
    finally:
        asked[place] = authentication.admit


def run(app: Any, path: str, secret: str, requests: int) -> float:
    """Processor milliseconds of one request."""
    where, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": where,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_AUTHORIZATION": f"Bearer {secret}",
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    statuses: set[str] = set()
    began = time.thread_time()
    for _ in range(requests):
        answer = app.wsgi_app(environ | {"wsgi.input": io.BytesIO()}, lambda status, *_: statuses.add(status))
        b"".join(answer)
        if hasattr(answer, "close"):  # a list has none (PEP 3333)
            answer.close()
    spent = time.thread_time() - began
    assert statuses == {"200 OK"}, statuses
    return spent * 1000 / requests


if __name__ == "__main__":
    main()
