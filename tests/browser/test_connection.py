"""The page says whether what it shows is true now, and heals by itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew
from tests.support.browser.page import eventually, live, on_page, token_field, visit, without_reload
from tests.support.serving import DEV_TOKEN, Served, served


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that may be killed."""
    with served(tmp_path_factory.mktemp("own")) as running:
        yield running


@pytest.fixture
def own_crew(own: Served) -> Iterator[Crew]:
    """Its agents."""
    with httpx.Client(base_url=own.url, headers={"Authorization": f"Bearer {own.token}"}) as api:
        crew = Crew(api)
        crew.clear()
        yield crew


@pytest.fixture
def shaky(windows: Windows, own: Served, watch: Watch) -> Page:
    """A window on the server that may be killed."""
    watch.allow("network", "signed out")
    return windows.open(server=own)


def lost(page: Page) -> None:
    """Wait until the page says that its connection is lost."""
    expect(page.locator("#live-state")).to_have_attribute("data-state", "wait")


def hurry(page: Page) -> None:
    """Have the page try again at once instead of in some seconds."""
    page.evaluate("() => dispatchEvent(new Event('online'))")


def healed(page: Page) -> None:
    """Wait until the page is live again."""
    eventually(
        lambda: hurry(page) or page.locator("#live-state").get_attribute("data-state") == "live",
        "the page does not heal",
    )


def test_a_killed_server_is_noticed_and_what_was_missed_is_shown(shaky: Page, own: Served, own_crew: Crew) -> None:
    agent = own_crew.add(status="active")
    visit(shaky, "/")
    with without_reload(shaky):
        own.kill()
        lost(shaky)
        expect(shaky.locator("#live-state")).to_contain_text("Reconnecting")
        expect(shaky.locator(f"#agent-card-{agent.id}")).to_be_visible()
        own.start()
        agent.report(progress=64)
        agent.ask("Are you back?")
        line = agent.say("Said while nobody listened")
        live(shaky)
        expect(shaky.locator(f"#agent-card-{agent.id}")).to_contain_text("64 %")
        expect(shaky.locator(f"#need-{agent.id}")).to_contain_text("Are you back?")
        expect(shaky.locator(f"#event-{line}")).to_be_visible()
        expect(shaky.locator("#live-state")).to_contain_text("Live")


def test_an_answer_that_cannot_be_sent_stays_in_its_field(shaky: Page, own: Served, own_crew: Crew) -> None:
    agent = own_crew.add()
    agent.ask("Which database?")
    visit(shaky, "/")
    own.kill()
    lost(shaky)
    field = shaky.locator(f"#answer-{agent.id}")
    field.fill("PostgreSQL")
    field.press("Control+Enter")
    expect(shaky.locator(".need [data-error]")).to_contain_text("Your text is still here")
    expect(field).to_have_value("PostgreSQL")
    own.start()
    healed(shaky)
    field.press("Control+Enter")
    expect(shaky.locator(".need")).to_have_count(0)
    assert [command["content"] for command in agent.commands] == ["PostgreSQL"]


def test_a_window_without_network_says_so_and_comes_back(shaky: Page, own: Served, own_crew: Crew) -> None:  # noqa: ARG001
    agent = own_crew.add(status="active")
    visit(shaky, "/")
    with without_reload(shaky):
        shaky.context.set_offline(True)
        expect(shaky.locator("#live-state")).to_have_attribute("data-state", "off")
        expect(shaky.locator("#live-state")).to_contain_text("Offline since")
        agent.report(progress=27)
        shaky.context.set_offline(False)
        live(shaky)
        expect(shaky.locator(f"#agent-card-{agent.id}")).to_contain_text("27 %")


@pytest.mark.parametrize("path", ["/", "/agents?view=table", "{agent}"])
def test_after_a_reset_the_page_is_read_again(shaky: Page, own: Served, own_crew: Crew, path: str) -> None:
    agent = own_crew.add(status="active", current_task="Before")
    visit(shaky, path.format(agent=agent.path))
    with without_reload(shaky):
        own.stop()
        lost(shaky)
        with sqlite3.connect(own.database) as restored:
            # A backup that was played back: another journal, other words, no way to tell what came between.
            restored.execute("UPDATE journal SET epoch = lower(hex(randomblob(8)))")
            restored.execute("UPDATE agents SET current_task = 'After', progress = 91")
        restored.close()
        own.start()
        healed(shaky)
        expect(shaky.locator("#main")).to_contain_text("After")
        expect(shaky.locator("#main")).to_contain_text("91 %")
        agent.report(progress=92)
        expect(shaky.locator("#main")).to_contain_text("92 %")


def test_a_reset_keeps_what_is_being_typed(shaky: Page, own: Served, own_crew: Crew) -> None:
    agent = own_crew.add()
    agent.ask("Which database?")
    visit(shaky, agent.path)
    field = shaky.locator(f"#composer-{agent.id}")
    field.fill("half a sen")
    own.stop()
    lost(shaky)
    with sqlite3.connect(own.database) as restored:
        restored.execute("UPDATE journal SET epoch = lower(hex(randomblob(8)))")
        restored.execute("UPDATE agents SET progress = 17")
    restored.close()
    own.start()
    healed(shaky)
    expect(shaky.locator("#agent-strip")).to_contain_text("17 %")
    expect(field).to_have_value("half a sen")


def test_two_tabs_follow_the_same_fleet(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, "/")
    second = page.context.new_page()
    visit(second, agent.path)
    agent.ask("Which database?", "SQLite")
    page.get_by_role("button", name="SQLite").click()
    expect(second.locator("#agent-question")).to_contain_text("Answer sent")
    expect(page.locator(".need")).to_have_count(0)


def test_signed_out_in_another_tab_the_page_says_so(windows: Windows, crew: Crew, watch: Watch) -> None:
    watch.allow("signed out")
    page = windows.open()
    crew.add(status="active")
    visit(page, "/")
    second = page.context.new_page()
    visit(second, "/agents")
    second.locator("details.menu > summary").first.click()
    second.get_by_role("button", name="Sign out").click()
    expect(second.get_by_role("heading", name="Sign in to Fleet")).to_be_visible()
    expect(page.locator("#live-state")).to_have_attribute("data-state", "out")
    expect(page.get_by_role("link", name="Signed out: sign in")).to_be_visible()
    token_field(second).fill(DEV_TOKEN)
    second.get_by_role("button", name="Sign in").click()
    second.locator("#live-state").wait_for()
    healed(page)


def test_signed_out_elsewhere_nothing_typed_is_lost(windows: Windows, crew: Crew, watch: Watch) -> None:
    watch.allow("signed out")
    page = windows.open()
    agent = crew.add()
    agent.ask("Which database?")
    visit(page, "/")
    field = page.locator(f"#answer-{agent.id}")
    field.fill("PostgreSQL")
    page.context.clear_cookies()
    field.press("Control+Enter")
    expect(page.locator(".need [data-error]")).to_contain_text("your words are kept")
    expect(field).to_have_value("PostgreSQL")
    assert agent.commands == []


def test_a_restarted_server_finds_its_pages_again(shaky: Page, own: Served, own_crew: Crew) -> None:
    agent = own_crew.add(status="active")
    visit(shaky, agent.path)
    own.stop()
    lost(shaky)
    own.start()
    live(shaky)
    agent.report(progress=73)
    expect(shaky.locator("#agent-strip")).to_contain_text("73 %")
    on_page(shaky, "() => document.documentElement.dataset.live === 'live'")
