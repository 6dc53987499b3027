"""Stopping everything from any page: by keyboard, by thumb, without scripts; said on every open page."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Windows
from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew
from tests.support.browser.page import focused, live, sideways, visit, without_reload
from tests.support.browser.roles import Roles

AXE = Axe()
LOOKS = [(theme, wide) for theme in ("light", "dark") for wide in (1440, 390)]


def resume(api: httpx.Client) -> None:
    if api.get("/v1/stops/current").is_success:
        assert api.post("/v1/stops/current/resumption").is_success


@pytest.fixture(autouse=True)
def moving(crew: Crew) -> Iterator[None]:
    """The fleet moves again for the next test."""
    yield
    resume(crew.api)


def stop(crew: Crew, kind: str = "stop", reason: str | None = "Wrong branch") -> str:
    """Hold the fleet; the report's address."""
    made = crew.api.post("/v1/stops", json={"kind": kind, "reason": reason})
    assert made.status_code == 201, made.text
    return f"/stops/{made.json()['id']}"


def banner(page: Page) -> Locator:
    return page.locator("#stop-banner")


def test_everything_is_stopped_and_resumed_with_the_keyboard_alone(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, "/tasks")
    page.locator("#stop-control a").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Stop the fleet")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Reason").focus()
    page.keyboard.type("Wrong branch")
    page.keyboard.press("Enter")  # decides nothing
    expect(dialog).to_be_visible()
    expect(page).to_have_url("/tasks")
    page.keyboard.press("Tab")
    assert focused(dialog.get_by_role("button", name="Pause fleet"))
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(dialog.get_by_label("Cancel all running work")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(banner(page)).to_contain_text("by Developer: Wrong branch")
    expect(page.locator("#stop-control a")).to_have_count(0)
    live(page)
    with without_reload(page):
        agent.report(status="idle")
        expect(banner(page)).to_contain_text("1 of 1 acknowledged")
        expect(page.locator("#stop-answers")).to_contain_text("Became idle")
    banner(page).get_by_role("button", name="Resume").focus()
    page.keyboard.press("Enter")
    expect(banner(page)).to_have_text("")
    expect(page.locator("#stop-head")).to_contain_text("Resumed")


def test_stopping_needs_its_box_and_pausing_does_not(page: Page, crew: Crew) -> None:
    visit(page, "/")
    page.locator("#stop-control a").click()
    dialog = page.locator("#stop-dialog")
    dialog.get_by_role("button", name="Stop all").click()
    expect(dialog).to_be_visible()
    assert crew.api.get("/v1/stops/current").status_code == 404
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert focused(page.locator("#stop-control a"))
    page.locator("#stop-control a").click()
    dialog.get_by_role("button", name="Pause fleet").click()
    expect(banner(page)).to_contain_text("Fleet is paused since")


def test_the_banner_comes_to_pages_that_are_open_and_goes_again(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    agent.hear("Begin")
    visit(page, agent.path)
    expect(banner(page)).to_have_text("")
    with without_reload(page):
        stop(crew, "pause")
        expect(banner(page)).to_contain_text("Fleet is paused since")
        expect(page.locator("#commands")).to_contain_text("Held while the fleet is paused")
        expect(page.locator("#command-delivery")).to_have_text("held until the fleet is resumed")
        resume(crew.api)
        expect(banner(page)).to_have_text("")
        expect(page.locator("#commands")).to_contain_text("Sent, not read yet")


def test_an_agent_is_paused_and_resumed_on_its_page_and_seen_on_the_others(
    page: Page, crew: Crew, windows: Windows
) -> None:
    agent = crew.add(status="active")
    other = windows.open()
    visit(other, "/agents?view=table")
    visit(page, agent.path)
    with without_reload(page), without_reload(other):
        page.locator("#agent-pause summary", has_text="Pause").click()
        page.locator("#agent-pause").get_by_role("textbox", name="Reason").fill("Wrong branch")
        page.get_by_role("button", name="Pause agent").click()
        expect(page.locator("#agent-header")).to_contain_text("Paused since")
        expect(page.locator("#agent-header")).to_contain_text("Active")
        expect(other.locator(".agent-row .state-paused")).to_have_text("Paused")
        page.locator("#agent-pause").get_by_role("button", name="Resume").click()
        expect(page.locator("#agent-header .state-paused")).to_have_count(0)
        expect(other.locator(".agent-row .state-paused")).to_have_count(0)


def test_a_refused_resumption_says_why_beside_the_button(page: Page, crew: Crew, watch: Watch) -> None:
    watch.allow("conflict")
    address = stop(crew)
    visit(page, "/")
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pagehide'))")  # it hears no more
    resume(crew.api)
    banner(page).get_by_role("button", name="Resume").click()
    expect(banner(page).get_by_role("alert")).to_contain_text("has resumed the fleet already")
    assert address


def test_without_scripts_there_is_a_page_for_it(windows: Windows, crew: Crew, watch: Watch) -> None:
    watch.allow("wrong form")
    crew.add(status="active")
    page = windows.open(java_script_enabled=False)
    page.goto("/agents")
    page.locator("#stop-control a").click()
    expect(page.get_by_role("heading", name="Stop the fleet")).to_be_visible()
    form = page.locator("#main .stop-form")
    form.get_by_label("Reason").fill("Wrong branch")
    form.get_by_label("Cancel all running work").check()
    form.get_by_role("button", name="Stop all").click()
    expect(page.get_by_role("heading", name="Stop by Developer")).to_be_visible()
    expect(page.locator("#stop-answers")).to_contain_text("Not yet")
    banner(page).get_by_role("button", name="Resume").click()
    expect(banner(page)).to_have_text("")
    expect(page.locator("#stop-answers")).to_contain_text("Never answered")


def test_on_the_phone_it_is_in_the_corner(windows: Windows, crew: Crew) -> None:
    crew.add(status="active")
    page = windows.open(wide=390, tall=844)
    visit(page, "/")
    corner = page.locator(".topbar details.menu > summary")
    corner.click()
    page.get_by_role("link", name="Stop all").click()
    dialog = page.get_by_role("dialog", name="Stop the fleet")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert focused(corner)
    corner.click()
    page.get_by_role("link", name="Stop all").click()
    dialog.get_by_label("Cancel all running work").check()
    dialog.get_by_role("button", name="Stop all").click()
    expect(banner(page)).to_contain_text("Fleet is stopped")
    assert sideways(page) == 0


def test_the_palette_stops_pauses_and_resumes(page: Page, crew: Crew) -> None:
    visit(page, "/activity")
    page.keyboard.press("Control+k")
    page.keyboard.type("stop all")
    expect(page.locator('#palette-list [aria-selected="true"]')).to_contain_text("Stop all")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/stops/new")
    stop(crew, "pause")
    live(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("resume fl")
    expect(page.locator('#palette-list [aria-selected="true"]')).to_contain_text("Resume fleet")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_have_text("The fleet goes on")
    expect(banner(page)).to_have_text("")


def test_a_viewer_sees_it_and_can_do_nothing(windows: Windows, roles: Roles) -> None:
    page = windows.open(roles.tokens["viewer"], roles.server)
    visit(page, "/")
    expect(page.locator("#stop-control a")).to_have_count(0)
    try:
        stop(roles.crew)
        expect(banner(page)).to_contain_text("Fleet is stopped")
        expect(banner(page).get_by_role("link", name="Report")).to_be_visible()
        expect(page.get_by_role("button", name="Resume")).to_have_count(0)
    finally:
        resume(roles.crew.api)
    expect(banner(page)).to_have_text("")


@pytest.mark.parametrize(("theme", "wide"), LOOKS)
def test_axe_finds_nothing_in_banner_dialog_form_and_reports(
    windows: Windows, crew: Crew, theme: str, wide: int
) -> None:
    agent = crew.add(status="active")
    crew.add("Bug Fixer", status="active")
    crew.task("Fix the rounding")
    crew.api.post("/v1/tasks/claim", json={"agent_id": agent.id})
    page = windows.open(wide=wide, color_scheme=theme)
    visit(page, "/stops")
    checked(page)
    page.evaluate("() => document.getElementById('stop-dialog').showModal()")
    checked(page)
    crew.api.post(f"/v1/agents/{agent.id}/pause", json={"reason": "Wet paint"})
    stop(crew, "pause")
    for path in ("/", "/stops/new", agent.path):
        visit(page, path)
        checked(page)
    report = stop(crew)
    agent.report(status="idle")
    for path in ("/", report, "/stops"):
        visit(page, path)
        checked(page)
        assert sideways(page) == 0


def checked(page: Page) -> None:
    found = AXE.run(page)
    assert found.violations_count == 0, found.generate_report()


def test_one_agent_is_stopped_on_its_page_and_says_so_until_it_goes_on(page: Page, crew: Crew) -> None:
    agent = crew.add("Ada", status="active")
    visit(page, f"/agents/{agent.id}")
    page.locator(".agent-pause summary", has_text="Stop").click()
    page.locator(".agent-pause").get_by_role("textbox", name="Reason").fill("Wrong branch")
    with without_reload(page):
        page.get_by_role("button", name="Stop agent").click()
        header = page.locator("#agent-header")
        expect(header).to_contain_text("Wrong branch")
        expect(header).to_contain_text("not acknowledged yet")
        agent.report(status="idle")
        expect(header).to_contain_text("became idle")
        page.locator("#agent-pause").get_by_role("button", name="Resume").click()
        expect(header).not_to_contain_text("Stopped")
    expect(page.get_by_text("Fleet is stopped")).to_have_count(0)
