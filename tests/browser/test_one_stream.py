"""All pages of a browser share one stream, so that ten tabs are live and nothing hangs (HTTP/1.1: six connections)."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew, Member
from tests.support.browser.page import eventually, live, visit, without_reload
from tests.support.browser.roles import Roles
from tests.support.certificate import make_certificate
from tests.support.serving import Served, served

TABS = 10
COUNTED = {"FLEET_METRICS": "loopback"}
STREAMS = re.compile(r"^fleet_streams_open (\d+)", re.MULTILINE)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of this module's own: its streams are counted."""
    with served(tmp_path_factory.mktemp("own"), "--dev", "--log-level", "info", environment=COUNTED) as running:
        yield running


@pytest.fixture
def own_crew(own: Served) -> Iterator[Crew]:
    """Its agents."""
    with httpx.Client(base_url=own.url, headers={"Authorization": f"Bearer {own.token}"}) as api:
        crew = Crew(api)
        crew.clear()
        yield crew


def ten(page: Page, agents: list[Member]) -> list[Page]:
    """Ten tabs of one window: lists with different filters, and the pages of agents."""
    paths = ["/", "/agents?view=table", "/agents?view=cards&state=active", *(agent.path for agent in agents)]
    tabs = [page, *(page.context.new_page() for _ in range(TABS - 1))]
    for tab, path in zip(tabs, paths, strict=True):
        visit(tab, path)
    return tabs


def streams(server: Served) -> int:
    """How many the server has open."""
    found = STREAMS.search(httpx.get(f"{server.url}/metrics", verify=False).text)  # its own certificate
    assert found
    return int(found[1])


def opened(server: Served) -> int:
    """How often a page's stream was asked for."""
    lines = [json.loads(line) for line in server.log.splitlines() if line.startswith("{") and line.endswith("}")]
    return sum(line.get("path") == "/live" for line in lines)


def shown(tabs: list[Page], text: str) -> None:
    """Wait until every one of them shows it."""
    for tab in tabs:
        expect(tab.locator("#main")).to_contain_text(text)


def test_ten_tabs_are_live_by_one_stream(windows: Windows, own: Served, own_crew: Crew) -> None:
    agents = own_crew.many(TABS - 3, status="active")
    before = opened(own)
    tabs = ten(windows.open(server=own), agents)
    for number, agent in enumerate(agents):
        agent.report(progress=60 + number)
    shown(tabs[:3], "66 %")
    for number, tab in enumerate(tabs[3:]):
        shown([tab], f"{60 + number} %")

    eventually(lambda: streams(own) == 1, "one stream for all")
    assert opened(own) - before <= 2 * TABS


def test_a_page_of_known_topics_opens_nothing(windows: Windows, own: Served, own_crew: Crew) -> None:
    agent = own_crew.add(status="active")
    page = windows.open(server=own)
    visit(page, agent.path)
    other = page.context.new_page()
    visit(other, "/agents?view=table")
    before = opened(own)
    third = page.context.new_page()
    visit(third, f"{agent.path}/commands")
    agent.report(progress=31)
    shown([page, other], "31 %")

    assert opened(own) == before


def test_everything_is_stopped_from_each_of_ten_tabs(windows: Windows, own: Served, own_crew: Crew) -> None:
    tabs = ten(windows.open(server=own), own_crew.many(TABS - 3, status="active"))
    for number, tab in enumerate(tabs):
        tab.locator("#stop-control a").click()
        dialog = tab.get_by_role("dialog", name="Stop the fleet")
        dialog.get_by_label("Reason").fill(f"Number {number}")
        dialog.get_by_label("Cancel all running work").check()
        dialog.get_by_role("button", name="Stop all").click()
        for each in tabs:
            expect(each.locator("#stop-banner")).to_contain_text(f"Number {number}")
        assert own_crew.api.post("/v1/stops/current/resumption").is_success
        for each in tabs:
            expect(each.locator("#stop-control a")).to_be_visible()


def test_others_stay_live_when_the_first_tab_is_closed(windows: Windows, own: Served, own_crew: Crew) -> None:
    agent = own_crew.add(status="active")
    first = windows.open(server=own)
    others = [first.context.new_page() for _ in range(3)]
    for tab in [first, *others]:
        visit(tab, "/agents?view=table")
    first.close()
    agent.report(progress=52)
    shown(others, "52 %")


def test_others_are_live_again_when_the_tab_with_the_worker_crashes(
    windows: Windows, own: Served, own_crew: Crew, watch: Watch
) -> None:
    """The worker lives in the first tab's process: it dies with it, without an error anywhere."""
    watch.allow("network")
    agent = own_crew.add(status="active")
    first = windows.open(server=own)
    others = [first.context.new_page() for _ in range(3)]
    for tab in [first, *others]:
        visit(tab, "/agents?view=table")
    with first.expect_event("crash"), contextlib.suppress(PlaywrightError):
        first.goto("chrome://crash")
    agent.report(progress=53)
    shown(others, "53 %")


def test_others_stay_live_while_a_tab_hangs_and_it_catches_up(windows: Windows, own: Served, own_crew: Crew) -> None:
    agent = own_crew.add(status="active")
    first = windows.open(server=own)
    others = [first.context.new_page() for _ in range(2)]
    for tab in [first, *others]:
        visit(tab, "/agents?view=table")
    with without_reload(first):
        first.evaluate("() => setTimeout(() => { for (const end = Date.now() + 4000; Date.now() < end;); })")
        agent.report(progress=54)
        shown(others, "54 %")
        agent.report(progress=55)
        shown([first, *others], "55 %")


def test_a_hidden_tab_goes_on_counting(windows: Windows, own: Served, own_crew: Crew) -> None:
    agent = own_crew.add(status="active")
    page = windows.open(server=own)
    visit(page, "/tasks")
    page.evaluate(HIDDEN)
    agent.ask("Now?")

    expect(page.locator("#badge-overview")).to_have_attribute("data-count", "1")
    expect(page).to_have_title(re.compile(r"^\(1\) "))


HIDDEN = """() => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
SEEN = """() => {
  delete document.hidden;
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_page_that_comes_back_by_the_back_button_is_live(windows: Windows, own: Served, own_crew: Crew) -> None:
    agent = own_crew.add(status="active")
    page = windows.open(server=own)
    visit(page, "/agents?view=table")
    visit(page, agent.path)
    page.go_back()
    live(page)
    agent.report(progress=44)
    shown([page], "44 %")


def test_a_page_out_of_the_browsers_cache_shows_what_it_has_missed(
    windows: Windows, own: Served, own_crew: Crew
) -> None:
    """It is a new page to the hub: what it held was taken away when it was put there."""
    agent = own_crew.add(status="active")
    page = windows.open(server=own)
    visit(page, "/agents?view=table")
    with without_reload(page):
        page.evaluate("() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
        eventually(lambda: streams(own) == 0, "nobody is left")
        agent.report(progress=45)
        page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
        shown([page], "45 %")


def test_another_persons_sign_in_takes_over_every_tab(windows: Windows, roles: Roles, watch: Watch) -> None:
    watch.allow("signed out", "network")
    page = windows.open(roles.tokens["viewer"], roles.server)
    visit(page, "/agents")
    expect(page.locator(".topbar details.menu > summary")).to_have_attribute("aria-label", re.compile("viewer person"))
    other = page.context.new_page()
    answer = page.context.request.post(
        "/login", form={"token": roles.tokens["operator"]}, max_redirects=0, headers={"Origin": roles.server.url}
    )
    assert answer.status == 303
    visit(other, "/tasks")

    expect(page.locator(".topbar details.menu > summary")).to_have_attribute(
        "aria-label", re.compile("operator person")
    )
    live(page)


@pytest.mark.parametrize("missing", ["delete window.SharedWorker", "delete Navigator.prototype.locks"])
def test_without_a_shared_worker_each_visible_page_has_a_stream_of_its_own(
    windows: Windows, own: Served, own_crew: Crew, missing: str
) -> None:
    agent = own_crew.add(status="active")
    page = windows.open(server=own)
    page.context.add_init_script(missing)
    other = page.context.new_page()
    visit(page, "/agents?view=table")
    visit(other, agent.path)
    eventually(lambda: streams(own) == 2)
    other.evaluate(HIDDEN)
    eventually(lambda: streams(own) == 1, "a hidden page needs none")
    agent.report(progress=46)
    shown([page], "46 %")
    other.evaluate(SEEN)
    shown([other], "46 %")


def test_a_worker_that_cannot_be_loaded_is_replaced_by_the_page(windows: Windows, own: Served, own_crew: Crew) -> None:
    agent = own_crew.add(status="active")
    page = windows.open(server=own)
    page.context.add_init_script(
        "const Real = SharedWorker; window.SharedWorker = function (_, o) { return new Real('/static/none.js', o); };"
    )
    visit(page, "/agents?view=table")
    agent.report(progress=47)
    shown([page], "47 %")


# A worker that was loaded and says nothing, until the test lets it: then what was sent to it meanwhile arrives.
SILENT = """
  const Real = SharedWorker;
  const silent = [];
  window.SharedWorker = function (...named) {
    const { port1, port2 } = new MessageChannel();
    silent.push(() => {
      const { port } = new Real(...named);
      port.onmessage = ({ data }) => port2.postMessage(data);
      port2.onmessage = ({ data }) => port.postMessage(data);
    });
    this.port = port1;
  };
  window.wake = () => silent.splice(0).forEach((speak) => speak());
"""
LOCKED = """
  const { request } = LockManager.prototype;
  LockManager.prototype.request = function (name, ...more) {
    return name.startsWith("tab-") ? new Promise(() => {}) : request.call(this, name, ...more);
  };
"""


@pytest.mark.parametrize("trouble", [SILENT, LOCKED], ids=["silent", "locked"])
def test_beside_a_worker_that_never_answers_the_page_is_live_by_itself(
    windows: Windows, own: Served, own_crew: Crew, trouble: str
) -> None:
    """It was loaded, and says nothing; or the lock that it asks for is never given."""
    agent = own_crew.add(status="active")
    page = windows.open(server=own)
    page.context.add_init_script(trouble)
    page.goto("/agents?view=table")
    live_within(page, 6)
    agent.report(progress=49)
    shown([page], "49 %")


def test_a_worker_that_answers_late_takes_its_pages_over(windows: Windows, own: Served, own_crew: Crew) -> None:
    agent = own_crew.add(status="active")
    page = windows.open(server=own)
    page.context.add_init_script(SILENT)
    other = page.context.new_page()
    visit(page, "/agents?view=table")
    visit(other, agent.path)
    eventually(lambda: streams(own) == 2, "each has one of its own")
    eventually(lambda: wake_all(page, other) or streams(own) == 1, "one stream for both")
    agent.report(progress=50)
    shown([page, other], "50 %")


def wake_all(*tabs: Page) -> None:
    """Let every worker speak that was asked for since."""
    for tab in tabs:
        tab.evaluate("() => wake()")


def live_within(page: Page, seconds: float) -> None:
    """Wait until the page is live; nobody looks at "Connecting" for longer than that."""
    expect(page.locator("#live-state")).to_have_attribute("data-state", "live", timeout=seconds * 1000)


def test_over_tls_ten_tabs_are_live_too(windows: Windows, tmp_path: Path, watch: Watch) -> None:
    watch.allow("network")
    chain, key = make_certificate(tmp_path)
    with served(tmp_path, "--dev", "--tls-cert", str(chain), "--tls-key", str(key), environment=COUNTED) as secure:
        bearer = {"Authorization": f"Bearer {secure.token}"}
        with httpx.Client(base_url=secure.url, headers=bearer, verify=False) as api:  # its own
            agents = Crew(api).many(TABS - 3, status="active")
            tabs = ten(windows.open(server=secure, ignore_https_errors=True), agents)
            agents[-1].report(progress=48)
            shown([*tabs[:3], tabs[-1]], "48 %")
            eventually(lambda: streams(secure) == 1, "one stream for all")
        windows.close()
