"""The first page with a thousand agents: the server's time, its size, and when a browser has loaded it."""

from __future__ import annotations

import gzip
import http.client
import time
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode

from tests.bench import chromium, report
from tests.bench.fleets import Fleet, fleet
from tests.bench.report import Part

AGENTS = 1000
REQUESTS, LOADS = 30, 5
PAGES = {
    "/?view=cards": "overview, cards",
    "/?view=table": "overview, table",
    "/agents?view=table&limit=1000": "list of all agents, table",
    "/agents?view=cards&limit=1000": "list of all agents, cards",
}
OVERVIEW = ("overview, cards", "overview, table")
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


@dataclass(frozen=True)
class Plan:
    """How often."""

    repeats: int = 3


QUICK = Plan(1)


def measure(plan: Plan) -> Part:
    """Every page of PAGES, by itself and in a browser."""
    part = Part("overview", f"pages with {AGENTS:,} agents")
    part.notes += [
        f"answer: median of {REQUESTS} requests, one after another on one connection, to the last byte.",
        f"load event: median of {LOADS} loads in new windows, nothing cached, after the first window was thrown away.",
    ]
    with fleet(AGENTS) as running:
        for _ in range(plan.repeats):
            for path, subject in PAGES.items():
                by_itself(part, running, path, subject)
        if chromium.missing():
            part.missing.append(chromium.missing())
        else:
            in_browser(part, running, plan)
    for subject in OVERVIEW:
        part.aim(subject, "answer (ms)", report.at_most(10, "ms"))
        part.aim(subject, "load event (ms)", report.at_most(500, "ms"))
    return part


def by_itself(part: Part, running: Fleet, path: str, subject: str) -> None:
    """The answer's time and size."""
    connection = http.client.HTTPConnection("127.0.0.1", running.server.port, timeout=60)
    headers = {"Cookie": session(running)}
    body, took = b"", []
    for number in range(REQUESTS + 3):
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if number >= 3:  # the first ones warm up
            took.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
    connection.close()
    part.note(subject, "answer (ms)", median(took))
    part.note(subject, "slowest answer (ms)", max(took))
    part.note(subject, "size (KiB)", len(body) / 1024)
    part.note(subject, "size, gzip -6 (KiB)", len(gzip.compress(body, 6)) / 1024)


def in_browser(part: Part, running: Fleet, plan: Plan) -> None:
    """The load event, counted from the beginning of the navigation."""
    with chromium.browser() as browser:
        for path, subject in PAGES.items():
            chromium.load(browser, running, path, LOADED)
            for _ in range(plan.repeats):
                found = [chromium.load(browser, running, path, LOADED, FIRST_PAINT) for _ in range(LOADS)]
                part.note(subject, "load event (ms)", median(loaded for loaded, _ in found))
                part.note(subject, "first contentful paint (ms)", median(painted for _, painted in found))


def session(running: Fleet) -> str:
    """The cookie of somebody who has signed in."""
    connection = http.client.HTTPConnection("127.0.0.1", running.server.port, timeout=60)
    form = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    connection.request("POST", "/login", urlencode({"token": running.api.token}), form)
    cookie = connection.getresponse().getheader("Set-Cookie")
    connection.close()
    if cookie is None:
        raise RuntimeError("signing in gave no session")
    return cookie.partition(";")[0]
