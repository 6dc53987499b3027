"""The shell has words for everything that the server can say."""

from __future__ import annotations

import pytest

from fleet.models.agent import STATES, STATUSES
from fleet.models.journal.frames import DOCUMENTED
from fleet.models.task import record
from fleet.shell import agents, frames, reports, words


def test_every_state_of_an_agent_has_a_word_in_the_pages_order() -> None:
    assert tuple(words.STATES) == STATES


def test_every_status_that_an_agent_may_report_can_be_reported() -> None:
    assert set(reports.STATUSES) == set(STATUSES)


def test_every_status_and_priority_of_a_task_is_known() -> None:
    assert tuple(words.STATUSES) == record.STATUSES
    assert words.PRIORITIES == record.PRIORITIES


def test_every_documented_frame_can_be_said() -> None:
    assert set(frames.SUMMARIES) >= DOCUMENTED - {"connected"}


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_word(state: str) -> None:
    assert words.state_word({"state": state}) == words.STATES[state][0]


def test_who_fell_silent_and_still_needs_somebody_says_what_for() -> None:
    silent = {"state": "offline", "needs_you": True}
    asks, failed = (silent | {"status": status} for status in ("waiting_feedback", "error"))

    assert (words.state_word(asks), words.state_word(failed)) == ("Offline, asks", "Offline, failed")
    assert (words.colour("Offline, asks"), words.colour("Offline, failed")) == ("yellow", "red")
    assert words.state_word(asks | {"needs_you": False}) == "Offline"


def test_a_question_says_that_its_answer_waits_while_the_agent_is_silent() -> None:
    asks = {
        "state": "offline",
        "state_since": "2026-11-22T13:54:00Z",
        "needs_you": True,
        "pending_question": "Which database?",
        "question_options": [],
    }

    assert agents.question(asks)[-1].endswith(":54:00, the answer waits")
    assert agents.question(asks | {"state": "waiting_feedback"})[-1] == "Which database?"


def test_a_state_of_a_later_server_is_said_as_it_is() -> None:
    assert words.state_word({"state": "dreaming"}) == "dreaming"
