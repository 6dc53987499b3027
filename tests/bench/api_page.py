"""The API's page: until something is seen, and until calls can be tried; with nothing cached, and opened again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench import chromium, report
from tests.bench.fleets import fleet
from tests.bench.overview import FIRST_PAINT, LOADED
from tests.bench.report import Part

if TYPE_CHECKING:
    from playwright.sync_api import Page

COLD, WARM = "nothing cached", "opened again"
# The page notes by itself when its first call is drawn: whoever asks it again and again takes time from it.
NOTE = """
function look() {
  if (document.querySelector("#openapi h3.section-header-label")) window.ready = performance.now();
  else requestAnimationFrame(look);
}
requestAnimationFrame(look);
"""


@dataclass(frozen=True)
class Plan:
    """How often."""

    repeats: int = 5


QUICK = Plan(1)


def measure(plan: Plan) -> Part:
    """A new browser's first look at the page, and its second."""
    part = Part("openapi", "the page that shows the API and tries its calls")
    if chromium.missing():
        part.missing.append(chromium.missing())
        return part
    with fleet(1) as running:
        for _ in range(plan.repeats):
            with chromium.browser() as browser, chromium.window(browser, running) as context:
                context.new_page().goto("about:blank")  # its first process starts, which is no matter of the page
                for subject in (COLD, WARM):
                    page = context.new_page()
                    open_once(part, page, subject)
                    page.close()
    for subject in (COLD, WARM):
        part.aim(subject, "load event (s)", report.at_most(2, "s"))
        part.aim(subject, "first call drawn (s)", report.at_most(2, "s"))
    return part


def open_once(part: Part, page: Page, subject: str) -> None:
    """Open the page, and note what that took."""
    page.add_init_script(NOTE)
    page.goto("/openapi", wait_until="load")
    while not page.evaluate("window.ready"):
        page.wait_for_timeout(500)
    part.note(subject, "first paint (s)", page.evaluate(FIRST_PAINT) / 1000)
    part.note(subject, "load event (s)", page.evaluate(LOADED) / 1000)
    part.note(subject, "first call drawn (s)", page.evaluate("window.ready") / 1000)
