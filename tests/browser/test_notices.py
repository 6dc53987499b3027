"""Notices in a real browser: shown once whatever is open, leading where they should, and the page about them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Windows
from tests.support.api import unique
from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew
from tests.support.browser.page import eventually, live, sideways, visit
from tests.support.person import Somebody, somebody
from tests.support.receivers import Receiver, receiving
from tests.support.serving import Served, served

# Counts what is really constructed, in every tab of the window.
COUNTING = """
(() => {
  if (!("Notification" in window)) return;
  window.shown = [];
  const Real = window.Notification;
  window.Notification = class extends Real {
    constructor(title, options) { super(title, options); window.shown.push([title, options.body, options.tag]); window.last = this; }
  };
})();
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Fleet that may reach loopback."""
    environment = {"FLEET_NOTICE_TARGETS": "127.0.0.1"}
    with served(tmp_path_factory.mktemp("notices"), environment=environment) as server:
        yield server


@pytest.fixture
def ada(house: Served) -> Iterator[Somebody]:
    """A viewer of this test's own."""
    with somebody(house, f"{unique('ada')}@example.com") as made:
        yield made


@pytest.fixture
def agents(house: Served) -> Iterator[Crew]:
    """The agents of that Fleet."""
    with httpx.Client(base_url=house.url, headers={"Authorization": f"Bearer {house.token}"}) as api:
        crew = Crew(api)
        yield crew
        crew.clear()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that is listed."""
    with ExitStack() as stack:
        yield stack.enter_context(receiving())


def signed_in(windows: Windows, house: Served, ada: Somebody, wide: int = 1440) -> Page:
    """A window in which Ada is signed in, before the page of notices."""
    page = windows.open(None, server=house, wide=wide)
    secrets = [{"name": each.name, "value": each.value or "", "url": house.url} for each in ada.browser.cookies.jar]
    page.context.add_cookies(secrets)  # type: ignore[arg-type]  # as it wants them
    page.context.add_init_script(COUNTING)
    page.context.grant_permissions(["notifications"])
    visit(page, "/account/notices")
    return page


def shown(context: BrowserContext) -> list[list[str]]:
    """The notifications of every tab."""
    return [each for tab in context.pages for each in tab.evaluate("window.shown")]


def switch_on(page: Page) -> None:
    page.get_by_role("button", name="Switch on here").click()
    expect(page.locator("#notices-here")).to_have_attribute("data-state", "on")
    expect(page.locator(".channel-here")).to_be_visible()


def test_with_two_tabs_open_a_notice_is_shown_once_and_leads_to_its_agent(
    windows: Windows, house: Served, ada: Somebody, agents: Crew
) -> None:
    page = signed_in(windows, house, ada)
    switch_on(page)
    other = page.context.new_page()
    visit(other, "/activity")
    member = agents.add("Code Reviewer")
    member.ask("Now, or behind a flag?\nIt locks the table.", "Now")

    eventually(lambda: shown(page.context))
    expect(page.locator("#notice-log")).to_contain_text("Delivered")
    other.wait_for_timeout(500)
    [[title, body, tag]] = shown(page.context)
    assert title == "Code Reviewer asks: Now, or behind a flag?"
    assert "It locks the table." in body
    assert tag.startswith("msg_")

    [tab] = [each for each in page.context.pages if each.evaluate("window.shown.length")]
    tab.evaluate("window.last.dispatchEvent(new Event('click'))")
    expect(tab).to_have_url(f"{house.url}/agents/{member.id}")


def test_what_somebody_is_writing_is_not_left_for_a_notice(
    windows: Windows, house: Served, ada: Somebody, agents: Crew
) -> None:
    page = signed_in(windows, house, ada)
    switch_on(page)
    page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), {value: 'half a'}))")
    agents.add().fail("npm ci exited with 1")
    eventually(lambda: shown(page.context))
    with page.context.expect_page() as opened:
        page.evaluate("window.last.dispatchEvent(new Event('click'))")
    live(opened.value)
    expect(page.locator("textarea").last).to_have_value("half a")


def test_the_test_button_shows_one_here(windows: Windows, house: Served, ada: Somebody) -> None:
    page = signed_in(windows, house, ada)
    switch_on(page)
    page.get_by_role("button", name="Test").click()

    eventually(lambda: shown(page.context))
    assert shown(page.context)[0][0] == "Fleet can reach you here"
    expect(page.locator(".notice-channel")).to_contain_text("Delivered")


def test_a_browser_of_somebody_elses_account_forgets_the_channel(
    windows: Windows, house: Served, ada: Somebody, watch: Watch
) -> None:
    watch.allow("not found")
    page = signed_in(windows, house, ada)
    page.evaluate("localStorage.setItem('fleet-notices', 'chn_of_another')")
    page.reload()
    eventually(lambda: page.evaluate("localStorage.getItem('fleet-notices') === null"))
    expect(page.locator("#notices-here")).to_have_attribute("data-state", "off")


def test_a_webhook_is_added_tried_out_and_removed(
    windows: Windows, house: Served, ada: Somebody, receiver: Receiver
) -> None:
    page = signed_in(windows, house, ada)
    page.locator("summary", has_text="Webhook").click()
    page.get_by_label("Address", exact=True).fill(f"{receiver.url}/hook")
    page.get_by_role("button", name="Add webhook").click()
    expect(page.locator("#notice-key")).to_contain_text("whsec_")
    page.get_by_role("link", name="Hide it").click()
    expect(page.locator("#notice-key")).to_have_count(0)

    receiver.plan = [200, 500]
    page.get_by_role("button", name="Test").click()
    expect(page.locator(".notice-channel")).to_contain_text("Delivered")
    page.get_by_role("button", name="Test").click()
    expect(page.locator(".notice-channel")).to_contain_text("The receiver answered 500")
    expect(page.locator(".log-line")).to_have_count(2)
    page.get_by_role("button", name="Retry").click()
    expect(page.locator(".log-line").first).to_contain_text("Delivered")

    page.locator(".channel-remove summary").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_role("heading", name="Nowhere yet")).to_be_visible()


def test_a_kind_is_switched_off_by_its_checkbox(
    windows: Windows, house: Served, ada: Somebody, receiver: Receiver
) -> None:
    made = ada.api.post("/v1/notice-channels", json={"kind": "webhook", "target": receiver.url}).json()
    page = signed_in(windows, house, ada)
    page.get_by_label("falls silent").uncheck()
    path = f"/v1/notice-channels/{made['id']}"
    eventually(lambda: ada.api.get(path).json()["on_silence"] is False)
    assert ada.api.get(path).json()["on_error"] is True


@pytest.mark.parametrize("wide", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_it_empty_or_full(
    windows: Windows, house: Served, ada: Somebody, receiver: Receiver, wide: int, theme: str
) -> None:
    page = signed_in(windows, house, ada, wide)
    page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
    for full in (False, True):
        if full:
            furnish(ada, receiver)
        visit(page, "/account/notices")
        for details in page.locator(".notice-add").all():
            details.locator("summary").click()
            found = Axe().run(page, options={"resultTypes": ["violations"]})
            assert found.response["violations"] == [], found.generate_report()
        assert sideways(page) <= 0


def furnish(ada: Somebody, receiver: Receiver) -> None:
    """Channels in every state, and deliveries of every outcome."""
    receiver.plan = [200, 500]
    for path in ("/good", "/bad", "/off"):
        body = {"kind": "webhook", "target": receiver.url + path, "name": path}
        made = ada.api.post("/v1/notice-channels", json=body).json()
        if path == "/off":
            ada.api.patch(f"/v1/notice-channels/{made['id']}", json={"enabled": False})
        else:
            ada.api.post(f"/v1/notice-channels/{made['id']}/tests")
