"""The first answer within three keys, and never one to a question that nobody has looked at."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.crew import Crew, Member
from tests.support.browser.page import focused, live, on_page, visit

STILL = 600  # ms after which a need counts as standing still (answer_keys.js)


def asking(crew: Crew, name: str = "Code Reviewer", *options: str) -> Member:
    agent = crew.add(name)
    agent.ask(f"What should {name} do?", *(options or ("Wait", "Go on")))
    return agent


def answers(agent: Member) -> list[str]:
    return [command["content"] for command in agent.commands]


def need(page: Page, agent: Member) -> Locator:
    return page.locator(f"#need-{agent.id}")


def link(page: Page, agent: Member) -> Locator:
    return need(page, agent).locator(".need-name a")


def test_the_first_answer_takes_two_keys(page: Page, crew: Crew) -> None:
    agent = asking(crew)
    visit(page, "/")
    page.keyboard.press("j")
    expect(link(page, agent)).to_be_focused()
    page.keyboard.press("2")
    expect(need(page, agent).get_by_role("button", name="Go on")).to_have_count(0)
    assert answers(agent) == ["Go on"]


def test_a_digit_answers_the_marked_question_and_no_other(page: Page, crew: Crew) -> None:
    later, earlier = asking(crew, "Docs Writer"), asking(crew, "Code Reviewer")
    visit(page, "/")
    page.keyboard.press("1")
    expect(page.locator("#notice")).to_contain_text("No question is marked")
    page.keyboard.press("j")
    page.keyboard.press("j")
    marked = page.locator(".need:has(:focus)")
    expect(marked).to_have_count(1)
    second = later if link(page, later).evaluate("e => e === document.activeElement") else earlier
    page.keyboard.press("1")
    expect(need(page, second).locator(".need-options")).to_have_count(0)
    assert answers(second) == ["Wait"]
    assert answers(earlier if second is later else later) == []


def test_after_an_answer_the_next_question_is_not_marked_until_j_marks_it(page: Page, crew: Crew) -> None:
    agents = [asking(crew, "Docs Writer"), asking(crew, "Code Reviewer")]
    visit(page, "/")
    page.keyboard.press("j")
    page.keyboard.press("1")
    expect(page.locator(".need-options")).to_have_count(1)
    page.keyboard.press("1")
    page.keyboard.press("1")
    page.keyboard.press("r")
    assert sorted(map(len, map(answers, agents))) == [0, 1]
    page.keyboard.press("Escape")
    page.locator("body").evaluate("() => document.activeElement.blur()")
    page.keyboard.press("j")
    page.wait_for_timeout(STILL)
    page.keyboard.press("1")
    expect(page.locator(".need-options")).to_have_count(0)
    assert [answers(agent) for agent in agents] == [["Wait"], ["Wait"]]


def test_a_key_that_is_held_down_answers_nothing(page: Page, crew: Crew) -> None:
    agent = asking(crew)
    visit(page, "/")
    page.keyboard.press("j")
    held = "new KeyboardEvent('keydown', { key: '1', repeat: true, bubbles: true })"
    page.evaluate(f"() => document.activeElement.dispatchEvent({held})")
    page.keyboard.press("k")
    expect(need(page, agent).locator(".need-options")).to_be_visible()
    assert answers(agent) == []


def test_a_question_that_has_changed_since_it_was_marked_is_not_answered(page: Page, crew: Crew) -> None:
    agent = asking(crew)
    visit(page, "/")
    page.keyboard.press("j")
    agent.ask("Delete everything?", "Yes", "No")
    expect(need(page, agent)).to_contain_text("Delete everything?")
    expect(link(page, agent)).to_be_focused()
    page.keyboard.press("1")
    expect(page.locator("#notice")).to_contain_text("The question has changed")
    assert answers(agent) == []
    page.keyboard.press("1")
    expect(need(page, agent).locator(".need-options")).to_have_count(0)
    assert answers(agent) == ["Yes"]


def test_a_need_that_has_just_moved_is_not_answered(page: Page, crew: Crew) -> None:
    above, below = asking(crew, "Docs Writer"), asking(crew, "Code Reviewer")
    visit(page, "/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    on_page(page, "() => document.querySelectorAll('.need')[1].contains(document.activeElement)")
    second = below if link(page, below).evaluate("e => e === document.activeElement") else above
    # In one go, as fast as no person is: the need before it leaves, and the key comes.
    page.evaluate("() => document.querySelector('.need').remove()")
    page.keyboard.press("1")
    expect(page.locator("#notice")).to_contain_text("has just moved")
    assert answers(second) == []
    page.wait_for_timeout(STILL)
    page.keyboard.press("1")
    expect(need(page, second).locator(".need-options")).to_have_count(0)
    assert answers(second) == ["Wait"]


def test_a_marked_need_out_of_sight_is_shown_before_it_is_answered(page: Page, crew: Crew) -> None:
    agents = [asking(crew, f"Worker {n}") for n in range(9)]
    visit(page, "/")
    page.keyboard.press("j")
    first = next(agent for agent in agents if focused(link(page, agent)))
    page.evaluate("() => window.scrollTo(0, 700)")
    page.keyboard.press("1")
    expect(page.locator("#notice")).to_contain_text("out of sight")
    expect(need(page, first).locator(".need-options button").first).to_be_in_viewport()
    assert answers(first) == []


def test_r_leads_to_the_marked_reply_field_and_escape_back(page: Page, crew: Crew) -> None:
    agent = asking(crew)
    visit(page, "/")
    page.keyboard.press("j")
    page.keyboard.press("r")
    field = page.locator(f"#answer-{agent.id}")
    assert focused(field)
    page.keyboard.type("r1j")
    expect(field).to_have_value("r1j")
    page.keyboard.press("Escape")
    expect(link(page, agent)).to_be_focused()
    page.keyboard.press("Escape")
    on_page(page, "() => document.activeElement === document.body")
    assert answers(agent) == []


def test_enter_opens_the_marked_agent_and_j_goes_on_to_the_cards(page: Page, crew: Crew) -> None:
    agent = asking(crew)
    crew.add("Quiet One", status="active")
    visit(page, "/?view=cards")
    page.keyboard.press("j")
    page.keyboard.press("j")
    on_page(page, "() => document.activeElement.matches('.agent-card .agent-name')")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page).to_have_url(agent.path)


def test_on_an_agents_page_a_digit_chooses_and_enter_sends(page: Page, crew: Crew) -> None:
    agent = asking(crew)
    visit(page, agent.path)
    page.keyboard.press("2")
    expect(page.get_by_role("radio", name="Go on")).to_be_checked()
    expect(page).to_have_url(agent.path)
    assert answers(agent) == []
    page.keyboard.press("Enter")
    expect(page.locator("#agent-question")).to_contain_text("Answer sent")
    assert answers(agent) == ["Go on"]


@pytest.mark.parametrize(
    ("digit", "rest"), [("2", "/activity"), ("3", "/commands"), ("4", "/tasks"), ("5", "/details")]
)
def test_tabs_are_chosen_by_number(page: Page, crew: Crew, digit: str, rest: str) -> None:
    agent = crew.add(status="active")
    visit(page, agent.path)
    page.keyboard.press(digit)
    expect(page).to_have_url(agent.path + rest)
    live(page)  # its scripts are there, and hear keys
    page.keyboard.press("1")
    expect(page).to_have_url(agent.path)


def test_t_and_a_digit_choose_a_tab_while_a_question_is_open(page: Page, crew: Crew) -> None:
    agent = asking(crew)
    visit(page, agent.path)
    page.keyboard.press("t")
    page.keyboard.press("2")
    expect(page).to_have_url(f"{agent.path}/activity")
    assert answers(agent) == []


def test_r_leads_to_the_answer_or_else_to_the_command(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, agent.path)
    page.keyboard.press("r")
    assert focused(page.locator(f"#composer-{agent.id}"))
    agent.ask("Which database?")
    expect(page.locator(f"#answer-{agent.id}")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    assert focused(page.locator(f"#answer-{agent.id}"))


def test_single_keys_can_be_switched_off_for_this_browser(page: Page, crew: Crew) -> None:
    agent = asking(crew)
    visit(page, "/account")
    choice = page.get_by_role("group", name="Keyboard shortcuts")
    choice.get_by_role("button", name="Off").click()
    visit(page, "/")
    for key in ("j", "1", "?", "n"):
        page.keyboard.press(key)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".need kbd.key-mark").first).to_be_hidden()
    on_page(page, "() => document.activeElement === document.body")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.press("Escape")
    visit(page, "/account")
    choice.get_by_role("button", name="On").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert answers(agent) == []


def test_keys_do_nothing_beneath_a_dialog(page: Page, crew: Crew) -> None:
    agent = asking(crew)
    visit(page, "/")
    page.keyboard.press("j")
    page.keyboard.press("?")
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    for chord in ("Control+1", "Alt+1"):
        page.keyboard.press(chord)
    assert answers(agent) == []
