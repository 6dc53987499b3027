"""Nine tabs of one browser beside one: when all are live, what they cost the browser, and how many streams they hold."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import chromium, report
from tests.bench.fleets import Api, Fleet, children, cpu_seconds, fleet, token
from tests.bench.report import Part
from tests.bench.slow_line import LIVE

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

AGENTS = 24
COUNTS = {1: "one tab", 9: "nine tabs"}
CHANGES_PER_SECOND = 20


@dataclass(frozen=True)
class Plan:
    """For how many seconds agents report in a run, and how many runs there are."""

    seconds: float = 15.0
    repeats: int = 3


QUICK = Plan(4.0, 1)


def measure(plan: Plan) -> Part:
    """One tab and nine, in turn, each time in a browser of their own."""
    part = Part(
        "tabs", f"tabs of one browser on the overview with {AGENTS} agents, {CHANGES_PER_SECOND} changes a second"
    )
    part.notes += [
        "to all live: from the first tab's navigation until each says that it is live; all load at once.",
        "the browser's processor time is that of all its processes, while agents report.",
    ]
    if chromium.missing():
        part.missing.append(chromium.missing())
        return part
    with fleet(AGENTS) as running:
        secret = token(running.server, "admin")
        for _ in range(plan.repeats):
            for count, subject in COUNTS.items():
                with chromium.browser() as browser, chromium.window(browser, running) as context:
                    pages = open_all(part, subject, context, count)
                    # Each a client anew: between two of them a connection would be idle for long.
                    system = Api(running.server.port, secret).call("GET", "/v1/system")
                    part.note(subject, "streams open", system["streams"]["open"])
                    look(
                        part,
                        subject,
                        Fleet(running.server, Api(running.server.port, secret), running.agents),
                        pages,
                        plan,
                    )
    part.aim("nine tabs", "streams open", report.at_most(1, ""))
    part.aim("nine tabs", "tabs that show the last change", report.at_least(9, ""))
    return part


def open_all(part: Part, subject: str, context: BrowserContext, count: int) -> list[Page]:
    """Open so many tabs at once, and note when the last of them is live."""
    pages = [context.new_page() for _ in range(count)]
    began = time.perf_counter()
    for page in pages:
        page.goto("/?view=cards", wait_until="commit")
    for page in pages:
        page.locator(LIVE).wait_for(state="attached")
    part.note(subject, "to all live (s)", time.perf_counter() - began)
    return pages


def look(part: Part, subject: str, running: Fleet, pages: list[Page], plan: Plan) -> None:
    """Let agents report, and note what that costs."""
    reporting = threading.Thread(target=report_for, args=(running, plan.seconds))
    used, began = cpu_seconds(browser_pids()), time.perf_counter()
    reporting.start()
    while reporting.is_alive():  # the pages' own events are read meanwhile
        pages[0].wait_for_timeout(200)
    took = time.perf_counter() - began
    part.note(subject, "browser's processor time (% of a core)", (cpu_seconds(browser_pids()) - used) / took * 100)
    last = f"Seen by all {time.time_ns()}"
    running.api.call("PATCH", f"/v1/agents/{running.agents[0]}", {"status": "active", "current_task": last})
    pages[0].wait_for_timeout(2000)
    shown = [page.get_by_text(last).count() > 0 for page in pages]
    part.note(subject, "tabs that show the last change", sum(shown))


def report_for(running: Fleet, seconds: float) -> None:
    """Agents in turn say how far they are, at their rate."""
    began = time.monotonic()
    for number in range(int(seconds * CHANGES_PER_SECOND)):
        agent = running.agents[number % len(running.agents)]
        running.api.call("PATCH", f"/v1/agents/{agent}", {"progress": number % 101})
        time.sleep(max(0.0, began + (number + 1) / CHANGES_PER_SECOND - time.monotonic()))


def browser_pids() -> list[int]:
    """The processes of the browser that this one has started."""
    found, look_at = [], [os.getpid()]
    while look_at:
        for pid in children(look_at.pop()):
            look_at.append(pid)
            try:
                name = Path(f"/proc/{pid}/comm").read_text()
            except OSError:
                continue  # it has just ended
            found += [pid] if "chrom" in name else []
    return found
