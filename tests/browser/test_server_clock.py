"""Ages are those of the server's clock, however the clock of the computer before me is set."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from fleet import clock
from tests.browser.conftest import Windows
from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew
from tests.support.browser.page import eventually, visit

SECONDS = re.compile(r"^\d+ s$")
HOUR = 3_600_000
# A clock that goes as it should, and is set wrong.
WRONG = """(() => {
  const Right = Date;
  window.ahead = AHEAD;
  window.Date = class extends Right {
    constructor(...given) { given.length ? super(...given) : super(Right.now() + window.ahead); }
    static now() { return Right.now() + window.ahead; }
  };
})();"""


@pytest.fixture(params=[3, -3, 30], ids=["three hours ahead", "three hours behind", "a day and more ahead"])
def wrong(request: pytest.FixtureRequest, windows: Windows) -> Page:
    """A window on a computer whose clock is wrong by some hours."""
    page = windows.open()
    page.context.add_init_script(WRONG.replace("AHEAD", str(request.param * HOUR)))
    return page


def ticks(age: Locator, shown: re.Pattern[str] = SECONDS) -> None:
    """Wait until an age in seconds has become another one."""
    expect(age).to_have_text(shown)
    first = age.inner_text()
    eventually(lambda: age.inner_text() != first, "it does not tick")
    expect(age).to_have_text(shown)


def test_a_question_is_as_old_as_it_is(wrong: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.ask("Which database?")
    visit(wrong, "/")
    ticks(wrong.locator(f"#need-{agent.id} time[data-age]").first)


def test_what_comes_live_is_as_old_as_it_is(wrong: Page, crew: Crew) -> None:
    agent = crew.add()
    visit(wrong, "/")
    agent.ask("Which database?")
    ticks(wrong.locator(f"#need-{agent.id} time[data-age]").first)


def test_a_page_whose_stream_does_not_open_shows_true_ages(wrong: Page, crew: Crew, watch: Watch) -> None:
    watch.allow("network")
    agent = crew.add()
    agent.ask("Which database?")
    wrong.context.add_init_script("delete Navigator.prototype.locks")  # the page holds its stream itself
    wrong.route("**/live?*", lambda route: route.abort())
    wrong.goto("/")
    ticks(wrong.locator(f"#need-{agent.id} time[data-age]").first)


def test_a_lease_has_left_what_it_has(wrong: Page, crew: Crew) -> None:
    agent, task = crew.add(), crew.task("Limit the retries")
    claim = {"agent_id": agent.id, "lease": 59}
    assert crew.api.post(f"/v1/tasks/{task['id']}/claim", json=claim).is_success
    wrong.goto(f"/tasks/{task['id']}")
    ticks(wrong.locator("[data-until]"), re.compile(r"^[1-5]\d s$"))


def test_today_is_the_servers(wrong: Page, crew: Crew) -> None:
    crew.add().say("Said today")
    visit(wrong, "/activity")
    expect(wrong.locator(".line-day").first).to_have_text("Today")


def test_a_clock_that_is_set_while_the_page_is_open_is_noticed_by_the_next_answer(windows: Windows, crew: Crew) -> None:
    page = windows.open()
    page.context.add_init_script(WRONG.replace("AHEAD", "0"))
    first, second = crew.add(), crew.add("Docs Writer")
    for agent in (first, second):
        agent.ask("Which database?", "SQLite")
    visit(page, "/")
    age = page.locator(f"#need-{second.id} time[data-age]").first
    page.evaluate(f"() => {{ window.ahead = {3 * HOUR}; }}")
    expect(age).to_have_text("3 h")

    page.locator(f"#need-{first.id}").get_by_role("button", name="SQLite").click()

    ticks(age)


def test_browser_and_server_write_a_length_of_time_alike(page: Page, crew: Crew) -> None:  # noqa: ARG001  # around it
    visit(page, "/")
    edges = (60, 3600, 86400, 365 * 86400, 3 * 365 * 86400)
    lengths = [-5, 0, 1, *(edge + by for edge in edges for by in (-1, 0, 1))]
    assert page.evaluate("lengths => lengths.map(fleetSpan)", lengths) == [clock.span(each) for each in lengths]


def test_times_that_are_written_out_are_in_my_own_zone(windows: Windows, crew: Crew) -> None:
    agent = crew.add()
    page = windows.open(timezone_id="Asia/Kolkata")
    for path in (f"{agent.path}/details", "/system"):
        visit(page, path)
        times = page.locator("main time[datetime]:not([data-age])").all_inner_texts()
        assert times
        assert all(text.endswith("GMT+5:30") for text in times), times


def test_they_stay_so_when_live_news_comes(windows: Windows, crew: Crew) -> None:
    agent = crew.add()
    page = windows.open(timezone_id="Asia/Kolkata")
    visit(page, f"{agent.path}/details")
    agent.report(tags=["new"])
    expect(page.locator("#agent-details .tag")).to_have_text("new")
    for text in page.locator("#agent-details time[datetime]:not([data-age])").all_inner_texts():
        assert text.endswith("GMT+5:30")
