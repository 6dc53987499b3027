"""An answer is never lost and never doubted: who came second hears it, and what was typed stays."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew, Member
from tests.support.browser.page import visit

WORDS = "Behind a flag, and tell the team first"


def asking(crew: Crew) -> Member:
    agent = crew.add()
    agent.ask("Migrate now?", "Yes", "No")
    return agent


def answered(agent: Member, content: str = "Yes") -> None:
    """Somebody else answers."""
    agent.call("POST", "/answer", {"content": content})


def path_of(where: str, agent: Member) -> str:
    return agent.path if where == "agent" else "/"


BOTH = pytest.mark.parametrize("where", ["overview", "agent"])


@BOTH
def test_the_second_of_two_answers_in_one_second_hears_who_was_faster(
    page: Page, crew: Crew, watch: Watch, where: str
) -> None:
    agent = asking(crew)
    visit(page, path_of(where, agent))

    def first_somebody_else(route: Route) -> None:
        answered(agent)
        route.continue_()

    watch.allow("conflict")
    page.route("**/answer", first_somebody_else)
    if where == "overview":
        page.get_by_role("button", name="No", exact=True).click()
    else:
        page.get_by_text("No", exact=True).click()
        page.get_by_role("button", name="Send answer").click()
    expect(page.locator("#notice")).to_contain_text("Not sent: Developer answered “Yes”.")
    assert [command["content"] for command in agent.commands] == ["Yes"]


@BOTH
@pytest.mark.parametrize("how", ["answered", "withdrawn"])
def test_words_whose_question_is_gone_stay_as_a_command_also_after_a_reload(
    page: Page, crew: Crew, where: str, how: str
) -> None:
    agent = asking(crew)
    visit(page, path_of(where, agent))
    page.locator(f"#answer-{agent.id}").fill(WORDS)

    if how == "answered":
        answered(agent)
    else:
        agent.report(status="active", pending_question=None)

    expect(page.locator(f"#answer-{agent.id}")).to_have_count(0)
    left = page.locator(f"#left-{agent.id}")
    for _ in range(2):
        expect(left).to_contain_text(
            "Code Reviewer: the question is gone, answered or withdrawn. Your words are still here."
        )
        expect(left.get_by_role("textbox")).to_have_value(WORDS)
        page.reload()
    left.get_by_role("button", name="Send as a command").click()
    expect(left).to_have_count(0)
    assert agent.commands[-1]["content"] == WORDS
    page.reload()
    expect(page.locator("#left-words")).to_have_count(1)
    expect(left).to_have_count(0)


def test_words_that_nobody_wants_any_more_are_discarded(page: Page, crew: Crew) -> None:
    agent = asking(crew)
    visit(page, "/")
    page.locator(f"#answer-{agent.id}").fill(WORDS)
    answered(agent)
    page.locator(f"#left-{agent.id}").get_by_role("button", name="Discard").click()
    page.reload()
    expect(page.locator("#left-words")).to_have_count(1)
    expect(page.locator(f"#left-{agent.id}")).to_have_count(0)


@BOTH
def test_words_come_back_under_their_question_after_a_reload(page: Page, crew: Crew, where: str) -> None:
    agent = asking(crew)
    visit(page, path_of(where, agent))
    page.locator(f"#answer-{agent.id}").fill(WORDS)
    page.reload()
    expect(page.locator(f"#answer-{agent.id}")).to_have_value(WORDS)
    expect(page.locator(f"#left-{agent.id}")).to_have_count(0)


@BOTH
def test_an_answer_that_was_sent_leaves_no_words_behind(page: Page, crew: Crew, where: str) -> None:
    agent = asking(crew)
    visit(page, path_of(where, agent))
    field = page.locator(f"#answer-{agent.id}")
    field.fill(WORDS)
    field.press("Control+Enter")
    expect(field).to_have_count(0)
    page.reload()
    expect(page.locator("#left-words")).to_have_count(1)
    expect(page.locator(f"#left-{agent.id}")).to_have_count(0)
    assert [command["content"] for command in agent.commands] == [WORDS]
