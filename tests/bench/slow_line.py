"""The overview over a slow line: what has to come, when something is seen, and the same once it has been there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench import chromium, report
from tests.bench.fleets import Fleet, fleet
from tests.bench.overview import FIRST_PAINT, LOADED
from tests.bench.relay import Relay, relay
from tests.bench.report import Part

if TYPE_CHECKING:
    from playwright.sync_api import Page

AGENTS = 24
LINE = {"offline": False, "latency": 200, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
COLD, WARM = "nothing cached", "opened again"
LIVE = "#live-state[data-state=live]"


@dataclass(frozen=True)
class Plan:
    """How often."""

    repeats: int = 5


QUICK = Plan(1)


def measure(plan: Plan) -> Part:
    """A new browser's first look at the overview, and its second."""
    part = Part("slow", f"the overview with {AGENTS} agents over 400 kbit/s with 200 ms")
    part.notes += [
        "the line is Chromium's own emulation, which slows pages down and not their worker.",
        "bytes are all that came through a relay until the page is live, heads and the worker's files among them.",
    ]
    if chromium.missing():
        part.missing.append(chromium.missing())
        return part
    with fleet(AGENTS) as running:
        for _ in range(plan.repeats):
            look(part, running)
    part.aim(COLD, "transferred (kB)", report.at_most(150, "kB"))
    part.aim(COLD, "first paint (s)", report.at_most(3, "s"))
    part.aim(WARM, "first paint (s)", report.at_most(1, "s"))
    return part


def look(part: Part, running: Fleet) -> None:
    """Open the overview twice in a browser that has nothing."""
    with (
        relay(running.server.port) as passed,
        chromium.browser() as browser,
        chromium.window(browser, running, f"http://127.0.0.1:{passed.port}") as context,
    ):
        context.new_page().goto("about:blank")  # its first process starts, which is no matter of the line
        for subject in (COLD, WARM):
            page = context.new_page()
            slow_down(page)
            open_once(part, page, passed, subject)
            page.close()


def slow_down(page: Page) -> None:
    """Put the page behind the slow line."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINE)


def open_once(part: Part, page: Page, passed: Relay, subject: str) -> None:
    """Open the overview, and note what that took."""
    before = passed.received
    page.goto("/", wait_until="load")
    page.locator(LIVE).wait_for(state="attached")
    page.wait_for_timeout(300)  # the first paint is noted after it
    part.note(subject, "transferred (kB)", (passed.received - before) / 1000)
    part.note(subject, "first paint (s)", page.evaluate(FIRST_PAINT) / 1000)
    part.note(subject, "load event (s)", page.evaluate(LOADED) / 1000)
