"""When an agent needs a person, since when, and what takes it off the list again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from fleet.db import write
from fleet.errors import Conflict, NotFound
from fleet.models import agent, command
from fleet.models.command import COMMANDS
from tests.support.agents import new_agent, read, report
from tests.support.application import NOON, Clock, head, kinds, rows


def answer(agent_id: str, content: str = "Go on", question: str | None = None) -> str:
    sent = write(lambda tx: agent.answer(tx, agent_id, content, question, "Grace"))
    return str(sent.id)


def dismiss(agent_id: str) -> None:
    write(lambda tx: agent.dismiss(tx, agent_id))


def test_an_agent_that_asks_needs_a_person_from_that_moment_on(clock: Clock) -> None:
    ada = new_agent()
    asked = clock.pass_by(60)
    report(ada, status="waiting_feedback", pending_question="Now?")
    clock.pass_by(60)

    assert read(ada).needs_you
    assert read(ada).state_since == asked
    assert read(ada).question_asked_at == asked


def test_an_answer_reaches_the_agent_as_feedback_to_its_question() -> None:
    ada = new_agent(status="waiting_feedback", pending_question="Now?")

    answer(ada, "Yes, now", "Now?")

    sent = rows(select(COMMANDS))[0]
    assert (sent.type, sent.content, sent.answers, sent.sent_by) == ("feedback", "Yes, now", "Now?", "Grace")


def test_an_answered_agent_needs_nobody_and_keeps_the_status_it_gave_itself(clock: Clock) -> None:
    ada = new_agent(status="waiting_feedback", pending_question="Now?", question_options=["Yes", "No"])
    answered = clock.pass_by(60)

    answer(ada)

    now = read(ada)
    assert (now.state, now.status, now.needs_you) == ("answered", "waiting_feedback", False)
    assert now.state_since == now.answered_at == answered
    assert (now.pending_question, now.question_options) == (None, [])


def test_the_next_question_needs_a_person_again_even_under_the_same_status(clock: Clock) -> None:
    ada = new_agent(status="waiting_feedback", pending_question="Now?")
    answer(ada)
    asked = clock.pass_by(60)

    report(ada, pending_question="And then?")

    assert (read(ada).state, read(ada).state_since) == ("waiting_feedback", asked)


def test_the_same_question_again_needs_a_person_again() -> None:
    ada = new_agent(status="waiting_feedback", pending_question="Now?")
    answer(ada)

    report(ada, pending_question="Now?")

    assert read(ada).needs_you


def test_an_agent_that_goes_on_is_no_longer_answered() -> None:
    ada = new_agent(status="waiting_feedback", pending_question="Now?")
    answer(ada)

    report(ada, status="active")

    assert (read(ada).state, read(ada).answered_at) == ("active", None)


def test_an_answer_to_a_question_that_has_changed_is_refused_and_sends_nothing() -> None:
    ada = new_agent(status="waiting_feedback", pending_question="Delete the branch?")
    before = head()

    with pytest.raises(Conflict) as refused:
        answer(ada, "Yes", question="Run the tests?")

    assert refused.value.code == "QUESTION_CHANGED"
    assert refused.value.details["question"] == "Delete the branch?"
    assert rows(select(COMMANDS)) == []
    assert head() == before


def test_a_question_counts_as_the_same_however_a_browser_ends_its_lines() -> None:
    ada = new_agent(status="waiting_feedback", pending_question="Which?\n- one\n- two")

    assert answer(ada, "one", question="Which?\r\n- one\r\n- two\r\n")


def test_the_second_of_two_answers_is_refused() -> None:
    ada = new_agent(status="waiting_feedback", pending_question="Now?")
    answer(ada, "Yes")

    with pytest.raises(Conflict, match="not waiting"):
        answer(ada, "No")


def test_the_second_of_two_answers_hears_who_was_faster_and_with_what() -> None:
    ada = new_agent(status="waiting_feedback", pending_question="Now?")
    answer(ada, "Yes,\nnow", "Now?")

    with pytest.raises(Conflict) as refused:
        answer(ada, "No", "Now?")

    assert refused.value.code == "QUESTION_ANSWERED"
    assert refused.value.message.startswith("Grace answered “Yes, now”.")
    assert refused.value.details == {"answered_by": "Grace", "answer": "Yes,\nnow"}


@pytest.mark.parametrize("goes_on", [{"status": "active"}, {"pending_question": "And then?"}])
def test_who_was_faster_is_said_also_when_the_agent_has_gone_on_since(clock: Clock, goes_on: dict[str, str]) -> None:
    ada = new_agent(status="waiting_feedback", pending_question="Now?")
    answer(ada, "Yes")
    write(lambda tx: command.send(tx, ada, "feedback", "By the way", sent_by="Linus"))
    clock.pass_by(1)
    report(ada, **goes_on)

    with pytest.raises(Conflict, match=r"^Grace answered “Yes”"):
        answer(ada, "No", "Now?")


def test_a_question_that_was_withdrawn_is_not_taken_for_answered(clock: Clock) -> None:
    ada = new_agent(status="waiting_feedback", pending_question="Now?")
    answer(ada, "Yes")
    clock.pass_by(60)
    report(ada, pending_question="Now?")
    report(ada, status="active", pending_question=None)

    with pytest.raises(Conflict) as refused:
        answer(ada, "No", "Now?")

    assert (refused.value.code, refused.value.details) == ("NO_PENDING_QUESTION", {})


def test_who_waits_without_saying_for_what_can_be_answered() -> None:
    ada = new_agent(status="waiting_feedback")

    answer(ada)

    assert read(ada).state == "answered"


def test_an_answer_is_two_changes_the_command_and_the_agent() -> None:
    ada = new_agent(status="waiting_feedback", pending_question="Now?")
    before = head()

    answer(ada)

    assert kinds(before) == ["command_received", "agent_updated"]


def test_an_error_needs_a_person_until_it_is_dismissed(clock: Clock) -> None:
    ada = new_agent()
    report(ada, status="error")
    assert (read(ada).needs_you, read(ada).state_since) == (True, NOON)
    clock.pass_by(60)

    dismiss(ada)

    assert (read(ada).needs_you, read(ada).state, read(ada).state_since) == (False, "error", NOON)


def test_dismissing_twice_changes_nothing_the_second_time() -> None:
    ada = new_agent(status="error")
    dismiss(ada)
    before = head()

    dismiss(ada)

    assert head() == before


def test_the_next_error_needs_a_person_again() -> None:
    ada = new_agent(status="error")
    dismiss(ada)
    report(ada, status="active")
    report(ada, status="error")

    assert read(ada).needs_you


def test_nothing_but_an_error_can_be_dismissed() -> None:
    with pytest.raises(Conflict, match="not in error"):
        dismiss(new_agent(status="active"))


def test_nobody_can_answer_or_dismiss_an_agent_that_is_not_there() -> None:
    with pytest.raises(NotFound):
        answer("agt_none")
    with pytest.raises(NotFound):
        dismiss("agt_none")


def test_a_question_from_an_agent_at_work_does_not_make_its_work_younger(clock: Clock) -> None:
    ada = new_agent(status="active")
    clock.pass_by(60)

    report(ada, pending_question="By the way, which style?")

    assert (read(ada).state, read(ada).state_since) == ("active", NOON)
