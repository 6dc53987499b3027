"""While fifty changes a second come in, nothing that a person holds is taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew, Member
from tests.support.browser.page import focused, mark, marked, visit
from tests.support.browser.steady_changes import busy, hammering

TOP = "e => e.getBoundingClientRect().top"
CARET = "e => [e.selectionStart, e.selectionEnd]"
WORDS = "Behind a flag, please, and tonight"
LONG = "\n".join(f"Line {n} of a long answer" for n in range(30))

Place = tuple[str, Callable[[Page, Member], Locator]]
PLACES: list[Place] = [
    ("/", lambda page, agent: page.locator(f"#answer-{agent.id}")),
    ("{agent}", lambda page, agent: page.locator(f"#answer-{agent.id}")),
    ("{agent}", lambda page, agent: page.locator(f"#composer-{agent.id}")),
    ("{agent}", lambda page, agent: page.locator(f"#todo-text-{agent.id}")),
    ("{agent}/commands", lambda page, agent: page.locator(f"#composer-{agent.id}-feedback")),
    ("{agent}/details", lambda page, agent: page.locator(f"#rename-{agent.id}")),
    ("/agents?view=cards", lambda page, _: page.get_by_role("searchbox", name="Filter by words")),
    ("/agents?view=table", lambda page, _: page.get_by_role("searchbox", name="Filter by words")),
]
NAMES = [
    "answer-overview",
    "answer",
    "composer",
    "todo",
    "feedback",
    "rename",
    "filter-cards",
    "filter-table",
]


def asking(crew: Crew) -> tuple[Member, Member]:
    """One that asks, one that works beside it."""
    agent, other = crew.add(), crew.add("Docs Writer", status="active")
    agent.ask("Migrate now, or behind a flag?\nIt locks the table.", "Behind a flag", "Now")
    return agent, other


@pytest.mark.parametrize(("path", "find"), PLACES, ids=NAMES)
def test_typed_words_caret_and_focus_stay(page: Page, crew: Crew, path: str, find: Any) -> None:
    agent, other = asking(crew)
    visit(page, path.format(agent=agent.path))
    field = find(page, agent)
    mark(field)
    with hammering(*busy(agent, other), lambda turn: agent.plan(f"Todo {turn}") if turn % 5 == 0 else None) as hammer:
        field.fill("")
        field.press_sequentially(WORDS, delay=25)
        assert field.input_value() == WORDS
        field.evaluate("e => e.setSelectionRange(3, 9)")
        hammer.strike(30)
        assert field.evaluate(CARET) == [3, 9]
        assert field.input_value() == WORDS
        assert focused(field)
        assert marked(field)


def test_many_lines_stay_scrolled_in_their_field(page: Page, crew: Crew) -> None:
    agent, other = asking(crew)
    visit(page, agent.path)
    field = page.locator(f"#composer-{agent.id}")
    field.fill(LONG)
    field.evaluate("e => { e.scrollTop = 40; }")
    was = field.evaluate("e => e.scrollTop")
    with hammering(*busy(agent, other)) as hammer:
        hammer.strike(60)
        assert field.evaluate("e => e.scrollTop") == was
        assert field.input_value() == LONG


def test_a_file_of_agents_does_not_move_under_the_eyes(page: Page, crew: Crew) -> None:
    workers = crew.many(40, status="active")
    visit(page, "/agents?view=cards&sort=name")
    seen = page.locator(f"#agent-card-{workers[30].id}")
    seen.scroll_into_view_if_needed()
    was = seen.evaluate(TOP)
    acts = [*busy(workers[30], workers[2]), lambda turn: workers[5].report(current_task=f"Task {turn}")]
    with hammering(*acts) as hammer:
        hammer.strike(80)
        assert abs(seen.evaluate(TOP) - was) <= 1


@pytest.mark.parametrize("path", ["/", "{agent}/activity"])
def test_the_page_stays_scrolled_where_it_is(page: Page, crew: Crew, path: str) -> None:
    agent, other = asking(crew)
    for n in range(40):
        agent.say(f"Before {n}")
    page.set_viewport_size({"width": 1440, "height": 500})
    visit(page, path.format(agent=agent.path))
    line = page.locator("#activity > li[id]").nth(20)
    mark(line)
    line.evaluate("e => e.scrollIntoView({block: 'center'})")
    line = page.locator(f"#{line.get_attribute('id')}")
    was = line.evaluate(TOP)
    assert page.evaluate("() => scrollY") > 50
    with hammering(*busy(agent, other)) as hammer:
        hammer.strike(80)
        assert abs(line.evaluate(TOP) - was) <= 1
    assert marked(line)


def test_a_line_under_the_pointer_stays_there(page: Page, crew: Crew) -> None:
    agent, other = asking(crew)
    for n in range(12):
        agent.say(f"Before {n}")
    visit(page, agent.path)
    line = page.locator("#activity > li[id]").nth(6)
    line = page.locator(f"#{line.get_attribute('id')}")
    line.hover()
    was = line.evaluate(TOP)
    with hammering(*busy(agent, other)) as hammer:
        hammer.strike(60)
        assert abs(line.evaluate(TOP) - was) <= 1


def test_what_is_unfolded_stays_unfolded(page: Page, crew: Crew) -> None:
    agent, other = asking(crew)
    quiet = crew.add("Translator", status="idle")
    [todo] = agent.plan("Read the diff")
    visit(page, "/")
    page.locator("details.quiet > summary").click()
    with hammering(*busy(agent, other, quiet)) as hammer:
        hammer.strike(60)
        expect(page.locator("details.quiet")).to_have_attribute("open", "")
    visit(page, agent.path)
    menu = page.locator(f"#todo-{todo['id']} details")
    menu.locator("summary").click()
    with hammering(*busy(agent, other)) as hammer:
        hammer.strike(60)
        expect(menu).to_have_attribute("open", "")
        expect(menu.get_by_role("button", name="Delete todo")).to_be_visible()


@pytest.mark.parametrize(("path", "selector"), [("/", ".need-detail"), ("{agent}", ".question-detail")])
def test_selected_text_stays_selected(page: Page, crew: Crew, path: str, selector: str) -> None:
    agent, other = asking(crew)
    visit(page, path.format(agent=agent.path))
    page.locator(selector).evaluate("e => getSelection().selectAllChildren(e)")
    with hammering(*busy(agent, other)) as hammer:
        hammer.strike(80)
        assert page.evaluate("() => getSelection().toString().trim()") == "It locks the table."


def test_a_button_with_the_focus_keeps_it(page: Page, crew: Crew) -> None:
    agent, other = asking(crew)
    visit(page, "/")
    button = page.get_by_role("button", name="Behind a flag")
    button.focus()
    with hammering(*busy(agent, other)) as hammer:
        hammer.strike(60)
        assert focused(button)


@pytest.mark.parametrize("path", ["/", "{agent}"])
def test_a_question_that_changed_meanwhile_gets_no_answer_meant_for_the_old_one(
    page: Page, crew: Crew, watch: Watch, path: str
) -> None:
    watch.allow("conflict")
    agent, _ = asking(crew)
    visit(page, path.format(agent=agent.path))
    field = page.locator(f"#answer-{agent.id}")
    field.press_sequentially("Drop the old")
    agent.ask("Drop the production database?", "Yes", "No")
    expect(page.locator(".need-title, .question-title")).to_have_text("Drop the production database?")
    field.press_sequentially(" table")
    assert field.input_value() == "Drop the old table"
    field.press("Control+Enter")
    error = page.locator(".need [data-error], .answer [data-error]")
    expect(error).to_contain_text("asks something else by now")
    expect(field).to_have_value("Drop the old table")
    assert agent.commands == []
    # Having read it, a second sending is meant for the new question.
    field.press("Control+Enter")
    expect(field).to_have_count(0)
    assert [command["answers"] for command in agent.commands] == ["Drop the production database?"]
