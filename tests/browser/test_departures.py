"""Nothing moves under the pointer, and no click lands on another agent."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Windows
from tests.browser.test_people import come
from tests.support.api import unique
from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew, Member
from tests.support.browser.page import focused, on_page, visit
from tests.support.browser.roles import PASSWORD, Roles

BOX = "e => { const { top, left, height } = e.getBoundingClientRect(); return [top, left, height]; }"


def asking(crew: Crew, count: int) -> list[Member]:
    """So many agents that wait, the first one on top."""
    agents = [crew.add(f"Worker {number:02}") for number in reversed(range(count))]
    for agent in agents:
        agent.ask("Migrate now?", "Yes", "No")
    return list(reversed(agents))


def need(page: Page, agent: Member) -> Locator:
    return page.locator(f"#need-{agent.id}")


def gone(page: Page, agent: Member) -> Locator:
    """The place that its need has left."""
    return page.locator(f"#gone-need-{agent.id}")


def yes(page: Page, agent: Member) -> tuple[float, float]:
    """Where the button "Yes" of an agent is."""
    box = need(page, agent).get_by_role("button", name="Yes", exact=True).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


STILL = "const now = performance.now(); performance.now = () => now + (window.later ?? 0);"


def stand_still(page: Page) -> None:
    """Let no time go by in the page, however slow the machine is."""
    page.evaluate(f"() => {{ {STILL} }}")


def undo(page: Page, agent: Member) -> None:
    """Go to the button and press at once: a hand that has gone on aims at what it sees."""
    gone(page, agent).get_by_role("button", name="Undo").click()


def answers(agents: list[Member]) -> list[list[str]]:
    """What each was told."""
    return [[command["content"] for command in agent.commands if command["outcome"] != "canceled"] for agent in agents]


def away(page: Page) -> None:
    """Take the pointer elsewhere."""
    page.mouse.move(5, 5)


def test_after_an_answer_the_row_stays_in_its_height_until_the_pointer_has_left(page: Page, crew: Crew) -> None:
    first, second = asking(crew, 2)
    visit(page, "/")
    before, next_one = need(page, first).evaluate(BOX), need(page, second).evaluate(BOX)
    page.mouse.click(*yes(page, first))

    place = gone(page, first)
    expect(place).to_contain_text("“Yes” sent")
    expect(place.get_by_role("button", name="Undo")).to_be_visible()
    expect(page.locator("#needs-title")).to_have_text("Needs you 1")
    assert place.evaluate(BOX) == before
    assert need(page, second).evaluate(BOX) == next_one
    expect(place.get_by_role("button", name="Undo")).to_have_count(0)
    expect(place).to_contain_text("“Yes” sent")

    away(page)
    expect(place).to_have_count(0)


@pytest.mark.parametrize("pause", [0, 60, 150, 300])
def test_two_presses_at_one_point_answer_one_agent(page: Page, crew: Crew, pause: int) -> None:
    agents = asking(crew, 3)
    visit(page, "/")
    x, y = yes(page, agents[0])
    page.mouse.move(x, y)
    for _ in range(3):
        page.mouse.down()
        page.mouse.up()
        page.wait_for_timeout(pause)
    expect(gone(page, agents[0])).to_contain_text("“Yes” sent")
    assert answers(agents) == [["Yes"], [], []]


def test_twenty_are_answered_quickly_by_the_mouse_each_where_it_is(page: Page, crew: Crew) -> None:
    agents = asking(crew, 20)
    page.set_viewport_size({"width": 1440, "height": 3600})
    visit(page, "/")
    points = [yes(page, agent) for agent in agents]
    for point in points:
        page.mouse.dblclick(*point)
    expect(page.locator("#needs-title")).to_have_text("Nothing needs you")
    assert answers(agents) == [["Yes"]] * 20
    away(page)
    expect(page.locator(".departed")).to_have_count(0)


def test_twenty_are_answered_by_keyboard_and_none_twice(page: Page, crew: Crew) -> None:
    agents = asking(crew, 20)
    visit(page, "/")
    away(page)
    need(page, agents[0]).get_by_role("button", name="Yes", exact=True).focus()
    for number, agent in enumerate(agents):
        page.keyboard.press("Enter")
        expect(gone(page, agent)).to_contain_text("“Yes” sent")
        if number < len(agents) - 1:
            on_page(page, "id => document.activeElement.id === id", f"need-{agents[number + 1].id}")
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")
    assert answers(agents) == [["Yes"]] * 20
    expect(page.locator(".departed")).to_have_count(0)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("answered", "Developer answered “No”"),
        ("withdrawn", "Withdrawn, it goes on by itself"),
        ("deleted", "The agent was deleted"),
    ],
)
def test_a_row_that_leaves_by_itself_leaves_its_place_while_the_list_is_pointed_at(
    page: Page, crew: Crew, how: str, words: str
) -> None:
    first, second = asking(crew, 2)
    visit(page, "/")
    x, y = yes(page, second)
    page.mouse.move(x, y)
    if how == "answered":
        first.call("POST", "/answer", {"content": "No"})
    elif how == "withdrawn":
        first.report(status="active", pending_question=None)
    else:
        first.leave()

    expect(gone(page, first)).to_contain_text(words)
    assert yes(page, second) == (x, y)
    away(page)
    expect(gone(page, first)).to_have_count(0)


def test_what_leaves_while_nobody_points_at_it_is_gone_at_once(page: Page, crew: Crew) -> None:
    first, second = asking(crew, 2)
    visit(page, "/")
    away(page)
    first.call("POST", "/answer", {"content": "No"})
    expect(need(page, first)).to_have_count(0)
    assert gone(page, first).count() == 0
    expect(need(page, second)).to_be_visible()


def test_a_row_that_has_just_moved_takes_no_click_and_a_key_it_does(page: Page, crew: Crew) -> None:
    first, second = asking(crew, 2)
    visit(page, "/")
    x, y = yes(page, first)
    away(page)
    page.mouse.move(x, y)
    stand_still(page)
    # Whatever moves it: here it is somebody's own doing, as a reset's would be.
    page.evaluate(
        """(id) => {
          document.getElementById(id).remove();
          document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail: { ctx: {} } }));
        }""",
        f"need-{first.id}",
    )
    assert yes(page, second) == (x, y)
    page.mouse.down()
    page.mouse.up()
    button = need(page, second).get_by_role("button", name="Yes", exact=True)
    page.evaluate("() => { window.later = 450; }")
    assert answers([first, second]) == [[], []]
    assert not focused(button)
    button.press("Enter")
    expect(gone(page, second)).to_contain_text("“Yes” sent")


def test_undo_takes_the_answer_back_and_the_question_stands_where_it_stood(page: Page, crew: Crew) -> None:
    agents = asking(crew, 3)
    visit(page, "/")
    before = need(page, agents[1]).evaluate(BOX)
    page.mouse.click(*yes(page, agents[1]))
    undo(page, agents[1])

    expect(need(page, agents[1])).to_be_visible()
    assert need(page, agents[1]).evaluate(BOX) == before
    assert answers(agents) == [[], [], []]
    assert agents[1].now["question_options"] == ["Yes", "No"]


def test_undo_brings_own_words_back_into_their_field(page: Page, crew: Crew) -> None:
    [agent] = asking(crew, 1)
    visit(page, "/")
    page.locator(f"#answer-{agent.id}").fill("Behind a flag")
    page.locator(f"#answer-{agent.id}").press("Control+Enter")
    undo(page, agent)

    expect(page.locator(f"#answer-{agent.id}")).to_have_value("Behind a flag")


def test_undo_says_so_when_the_agent_has_read_it(page: Page, crew: Crew, watch: Watch) -> None:
    watch.allow("conflict")
    [agent] = asking(crew, 1)
    visit(page, "/")
    page.mouse.click(*yes(page, agent))
    expect(gone(page, agent).get_by_role("button", name="Undo")).to_be_visible()
    assert agent.call("GET", "/commands?status=sent")["commands"]
    undo(page, agent)

    expect(gone(page, agent)).to_contain_text("Not taken back: The agent has read it already")
    assert answers([agent]) == [["Yes"]]


def test_a_dismissed_error_can_be_taken_up_again(page: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.fail("npm ci exited with 1")
    visit(page, "/")
    need(page, agent).get_by_role("button", name="Dismiss").click()
    expect(gone(page, agent)).to_contain_text("Dismissed")
    undo(page, agent)
    expect(need(page, agent)).to_contain_text("npm ci exited with 1")


def test_on_the_agents_page_an_answer_is_taken_back_too(page: Page, crew: Crew) -> None:
    [agent] = asking(crew, 1)
    visit(page, agent.path)
    page.get_by_text("Yes", exact=True).click()
    page.get_by_role("button", name="Send answer").click()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("button", name="Send answer")).to_be_visible()
    assert answers([agent]) == [[]]


@pytest.mark.parametrize("view", ["table", "cards"])
def test_lists_of_agents_keep_the_place_of_who_leaves(page: Page, crew: Crew, view: str) -> None:
    agents = crew.many(3, status="active")
    name = "row" if view == "table" else "card"
    visit(page, f"/agents?view={view}&sort=name")
    rows = [page.locator(f"#agent-{name}-{agent.id}") for agent in agents]
    rows[1].hover()
    before = rows[1].evaluate(BOX)
    agents[0].leave()

    place = page.locator(f"#gone-agent-{name}-{agents[0].id}")
    expect(place).to_have_count(1)
    assert rows[1].evaluate(BOX) == pytest.approx(before, abs=1)  # borders that two rows share
    away(page)
    expect(place).to_have_count(0)


def test_the_last_row_leaves_its_place_too_before_the_list_says_that_it_is_empty(page: Page, crew: Crew) -> None:
    [agent] = crew.many(1, status="active")
    visit(page, "/agents?view=table&group=active")
    page.locator(f"#agent-row-{agent.id}").hover()
    agent.report(status="idle")
    expect(page.locator(f"#gone-agent-row-{agent.id}")).to_be_visible()
    away(page)
    expect(page.get_by_text("No agent matches")).to_be_visible()


def test_without_a_mouse_an_answer_stays_some_seconds(windows: Windows, crew: Crew) -> None:
    first, second = asking(crew, 2)
    phone = windows.open(wide=390, tall=844, has_touch=True, is_mobile=True)
    visit(phone, "/")
    need(phone, first).get_by_role("button", name="Yes", exact=True).tap()
    expect(gone(phone, first).get_by_role("button", name="Undo")).to_be_visible()
    expect(need(phone, second)).to_be_visible()
    expect(gone(phone, first)).to_have_count(0)
    assert answers([first, second]) == [["Yes"], []]


def test_a_second_press_on_sign_out_signs_no_other_browser_out(windows: Windows, roles: Roles, watch: Watch) -> None:
    """A plain form brings the page anew: the next row lies where the button was."""
    watch.allow("network")
    email = f"{unique('kim')}@example.net"
    page = come(windows, roles, email, "operator")
    for _ in range(3):
        other = windows.open(None, roles.server)
        other.goto("/login")
        other.get_by_label("E-mail").fill(email)
        other.get_by_label("Password", exact=True).fill(PASSWORD)
        other.get_by_role("button", name="Sign in", exact=True).click()
        expect(other.get_by_role("navigation", name="Main").first).to_be_attached()
    page.add_init_script(STILL)
    visit(page, "/account")
    rows = page.locator(".item", has=page.locator("form[action^='/sessions/']"))
    before = rows.count()
    box = rows.first.get_by_role("button").bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.mouse.down()
        page.mouse.up()
    page.mouse.down()
    page.mouse.up()
    page.wait_for_load_state()
    assert rows.count() == before - 1
    page.evaluate("() => { window.later = 450; }")
    with page.expect_navigation():
        page.mouse.down()
        page.mouse.up()
    expect(rows).to_have_count(before - 2)
