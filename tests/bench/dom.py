"""From an agent's report to the changed page, while others report too.

Another process sends the reports and notes the time before each; the page
notes when its document has changed. Both read the machine's one clock.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING

from tests.bench import chromium, report
from tests.bench.fleets import Fleet, fleet
from tests.bench.peers import ROOT
from tests.bench.report import Part

if TYPE_CHECKING:
    from playwright.sync_api import Browser

AGENTS = 1000
OTHERS_PER_SECOND = 100
PAGES = {"/?view=cards": "overview, cards", "/agents?view=table&limit=1000": "list of all agents, table"}
OBSERVE = """([id, mark]) => {
  window.benchSeen = {};
  const look = () => {
    const now = performance.timeOrigin + performance.now();
    const element = document.getElementById(`agent-card-${id}`) ?? document.getElementById(`agent-row-${id}`);
    const found = new RegExp(`${mark} ([0-9]+)`).exec(element?.textContent ?? "");
    if (found && !(found[1] in window.benchSeen)) window.benchSeen[found[1]] = now;
  };
  new MutationObserver(look).observe(document.documentElement, {subtree: true, childList: true, characterData: true});
}"""


@dataclass(frozen=True)
class Plan:
    """How many reports are timed in a run, and how many runs there are."""

    probes: int = 200
    repeats: int = 3


QUICK = Plan(40, 1)


def measure(plan: Plan) -> Part:
    """Each page of PAGES in a window of its own."""
    title = (
        f"from an agent's PATCH to the changed page: {AGENTS:,} agents, {OTHERS_PER_SECOND} changes a second by others"
    )
    part = Part("dom", title)
    part.notes.append(f"a run is {plan.probes} reports at random moments; a report that shares a frame with a later")
    part.notes.append("one counts until that is seen. PATCH itself: until its answer, measured by its sender.")
    if chromium.missing():
        part.missing.append(chromium.missing())
        return part
    with fleet(AGENTS) as running, chromium.browser() as browser:
        for path in PAGES:
            one_run(None, running, browser, path, max(10, plan.probes // 10))
        for _ in range(plan.repeats):
            for path, subject in PAGES.items():
                one_run((part, subject), running, browser, path, plan.probes)
    for subject in PAGES.values():
        part.aim(subject, "to the page p99 (ms)", report.at_most(200, "ms"))
        part.aim(subject, "never seen", report.at_most(0, ""))
    return part


def one_run(into: tuple[Part, str] | None, running: Fleet, browser: Browser, path: str, probes: int) -> None:
    """Open the page, let the other process report, and compare the two lists of times."""
    probe = running.agents[0]
    # So that it stands on the first screen: an agent that is active, and was last active.
    running.api.call("POST", f"/v1/agents/{probe}/events", {"type": "info", "message": "Begins"})
    with chromium.window(browser, running) as context:
        page = context.new_page()
        page.goto(path, wait_until="load")
        page.wait_for_selector(f"#agent-card-{probe}, #agent-row-{probe}")
        page.wait_for_timeout(1000)  # its stream is open
        mark = f"Probe {secrets.token_hex(4)}"  # an earlier run's last report is on the page already
        page.evaluate(OBSERVE, [probe, mark])
        process = traffic(running, probe, mark, probes)
        try:
            while process.poll() is None:  # the page's events are read meanwhile
                page.wait_for_timeout(200)
        finally:
            process.kill()
        said, _ = process.communicate(timeout=20)
        page.wait_for_timeout(1000)
        seen = {int(number): at for number, at in page.evaluate("window.benchSeen").items()}
    if process.returncode:
        raise RuntimeError("the process that reports has failed")
    if into is not None:
        note(*into, json.loads(said), seen)


def traffic(running: Fleet, probe: str, mark: str, probes: int) -> subprocess.Popen[bytes]:
    """The process that reports."""
    wanted = {
        "port": running.server.port,
        "token": running.api.token,
        "probe": probe,
        "mark": mark,
        "probes": probes,
        "others": running.agents[1:],
        "per_second": OTHERS_PER_SECOND,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.traffic"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(wanted).encode())
    process.stdin.close()
    process.stdin = None
    return process


def note(part: Part, subject: str, said: dict[str, list[list[float]] | float], seen: dict[int, float]) -> None:
    """A run's figures."""
    reports = said["probes"]
    assert isinstance(reports, list)
    shown, answered, lost = [], [], 0
    for number, sent, answer in reports:
        later = [at for other, at in seen.items() if other >= number]
        lost += not later
        shown += [min(later) - sent] if later else []
        answered.append(answer - sent)
    part.note(subject, "never seen", lost)
    if len(shown) < 2:
        return
    for name, values in (("to the page", shown), ("PATCH itself", answered)):
        hundredths = quantiles(values, n=100, method="inclusive")
        part.note(subject, f"{name} p50 (ms)", hundredths[49])
        part.note(subject, f"{name} p99 (ms)", hundredths[98])
    part.note(subject, "changes per second by others", float(str(said["others_per_second"])))
