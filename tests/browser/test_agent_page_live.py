"""One agent's page: what it does, what it asks, what is said to it and back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew
from tests.support.browser.page import focused, mark, marked, visit, without_reload


def test_progress_state_and_task_follow(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active", progress=10)
    visit(page, agent.path)
    with without_reload(page):
        agent.report(progress=55, files_changed=7, lines_added=312, last_commit="Add retries")
        expect(page.locator("#agent-strip")).to_contain_text("55 %")
        for text in ("+312", "7", "Add retries"):
            expect(page.locator("#agent-strip")).to_contain_text(text)
        expect(page.locator("#agent-strip progress")).to_have_js_property("value", 55)
        agent.report(status="finished", current_task="Notes for 2.14.0", name="Release Notes")
        for text in ("Finished", "Notes for 2.14.0", "Release Notes"):
            expect(page.locator("#agent-header")).to_contain_text(text)


def test_todos_are_added_ticked_and_deleted_by_their_forms(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, agent.path)
    with without_reload(page):
        field = page.get_by_role("textbox", name="New todo")
        for text in ("Read the diff", "Write the summary"):
            field.fill(text)
            field.press("Enter")
            expect(page.locator(".todo", has_text=text)).to_be_visible()
            expect(field).to_have_value("")
            assert focused(field)
        assert [todo["text"] for todo in agent.todos] == ["Read the diff", "Write the summary"]
        page.get_by_role("button", name="Mark as done: Read the diff").click()
        expect(page.get_by_role("button", name="Mark as open: Read the diff")).to_be_visible()
        expect(page.locator("#agent-strip")).to_contain_text("1 of 2")
        assert [todo["completed"] for todo in agent.todos] == [True, False]
        line = page.locator(".todo", has_text="Write the summary")
        line.locator("summary").click()
        line.get_by_role("button", name="Delete todo").click()
        expect(line).to_have_count(0)
        assert [todo["text"] for todo in agent.todos] == ["Read the diff"]


def test_todos_of_the_agent_arrive_in_order_with_the_current_one_marked(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, agent.path)
    first, second = agent.plan("Read the diff", "Run the tests")
    agent.call("PATCH", f"/todos/{first['id']}", {"completed": True})
    agent.call("PATCH", f"/todos/{second['id']}", {"current": True})
    expect(page.locator(f"#todo-{second['id']}")).to_have_attribute("aria-current", "step")
    expect(page.locator("#todo-list")).to_contain_text("1 of 2")
    assert page.locator(".todo bdi").all_inner_texts() == ["Read the diff", "Run the tests"]


@pytest.mark.parametrize("kind", ["instruction", "feedback", "question"])
def test_each_type_of_command_has_its_form_and_its_answer_arrives(page: Page, crew: Crew, kind: str) -> None:
    agent = crew.add(status="active")
    visit(page, f"{agent.path}/commands")
    field = page.get_by_label(kind.capitalize(), exact=True)
    field.fill(f"My {kind}")
    page.get_by_role("button", name=f"Send {kind}" if kind != "question" else "Ask question").click()
    said = page.locator(".said", has_text=f"My {kind}")
    expect(said).to_contain_text("Sent, not read yet")
    expect(said).to_contain_text(kind.capitalize())
    expect(field).to_have_value("")
    [command] = agent.commands
    assert (command["type"], command["content"]) == (kind, f"My {kind}")
    agent.call("PATCH", f"/commands/{command['id']}", {"status": "acknowledged"})
    expect(said).to_contain_text("Read at")
    mark(said)
    agent.respond(command["id"], "Understood.\nI go on.")
    expect(said).to_contain_text("Understood.")
    expect(said).to_contain_text("Done at")
    assert marked(said)


def test_a_command_that_was_not_read_is_withdrawn(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, agent.path)
    agent.hear("Stop that")
    said = page.locator(".said", has_text="Stop that")
    said.get_by_role("button", name="Withdraw").click()
    expect(said).to_contain_text("Withdrawn")
    assert agent.commands[0]["outcome"] == "canceled"


def test_the_composer_sends_by_ctrl_enter_and_is_ready_for_the_next(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, agent.path)
    field = page.locator(f"#composer-{agent.id}")
    page.get_by_label("Type", exact=True).select_option("question")
    field.fill("How long will it take?")
    field.press("Control+Enter")
    expect(page.locator("#commands")).to_contain_text("How long will it take?")
    expect(field).to_have_value("")
    assert focused(field)
    assert [(c["type"], c["content"]) for c in agent.commands] == [("question", "How long will it take?")]


def test_the_first_command_replaces_the_empty_words(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, agent.path)
    empty = page.locator(".conversation .if-none")
    expect(empty).to_be_visible()
    agent.hear("Begin")
    expect(empty).to_be_hidden()


def test_activity_arrives_newest_first_on_both_tabs(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    for path in (agent.path, f"{agent.path}/activity"):
        visit(page, path)
        first, second = agent.say("Read 14 files", "read"), agent.say("Edited retries.md", "edit")
        expect(page.locator(f"#event-{second}")).to_be_visible()
        order = page.locator("#activity > li").evaluate_all("lines => lines.map(line => line.id)")
        assert order[:2] == [f"event-{second}", f"event-{first}"]


def test_older_activity_is_shown_on_request(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    for n in range(70):
        agent.say(f"Line {n}")
    visit(page, f"{agent.path}/activity")
    expect(page.locator("#activity > li")).to_have_count(50)
    page.get_by_role("link", name="Show older").click()
    expect(page.locator("#activity > li")).to_have_count(70)
    expect(page.get_by_role("link", name="Show older")).to_have_count(0)


def test_a_question_comes_with_its_likely_answers_and_is_answered(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, agent.path)
    agent.ask("Migrate now, or behind a flag?\nIt locks the table.", "Behind a flag", "Now")
    panel = page.locator("#agent-question")
    expect(panel).to_contain_text("It locks the table.")
    panel.get_by_text("Behind a flag", exact=True).click()
    expect(panel.get_by_role("radio", name="Behind a flag")).to_be_checked()
    panel.get_by_role("textbox").fill("tonight, please")
    panel.get_by_role("button", name="Send answer").click()
    expect(panel).to_contain_text("Answer sent, not read yet")
    expect(page.locator("#agent-header")).to_contain_text("Answer sent")
    expect(page.locator("#commands")).to_contain_text("Behind a flag")
    [sent] = agent.commands
    assert sent["content"] == "Behind a flag\ntonight, please"
    agent.report(status="active")
    expect(panel).to_be_empty()
    expect(page.locator("#agent-header")).to_contain_text("Active")


def test_a_chosen_answer_stays_chosen_while_the_agent_reports(page: Page, crew: Crew) -> None:
    agent = crew.add()
    agent.ask("Which?", "One", "Two")
    visit(page, agent.path)
    page.get_by_text("Two", exact=True).click()
    agent.report(progress=31)
    expect(page.locator("#agent-strip")).to_contain_text("31 %")
    expect(page.get_by_role("radio", name="Two")).to_be_checked()


def test_an_answer_without_words_is_refused_at_the_field(page: Page, crew: Crew, watch: Watch) -> None:
    watch.allow("wrong form")
    agent = crew.add()
    agent.ask("Which?")
    visit(page, agent.path)
    page.get_by_role("button", name="Send answer").click()
    expect(page.locator("#answer-error")).to_contain_text("An answer is required")
    assert focused(page.locator(f"#answer-{agent.id}")) or focused(page.get_by_role("button", name="Send answer"))
    assert agent.commands == []


def test_an_error_is_shown_with_its_words_and_dismissed(page: Page, crew: Crew) -> None:
    agent = crew.add(status="active")
    visit(page, agent.path)
    agent.fail("npm ci exited with 1")
    panel = page.locator("#agent-question")
    expect(panel).to_contain_text("npm ci exited with 1")
    panel.get_by_role("button", name="Dismiss").click()
    expect(panel).to_contain_text("Dismissed")
    expect(page.locator("#badge-overview")).to_be_hidden()
