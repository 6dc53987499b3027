"""The shell has words for everything that the server can say."""

from __future__ import annotations

import pytest

from fleet.models.agent import STATES, STATUSES
from fleet.models.frames import DOCUMENTED
from fleet.models.task import record
from fleet.shell import frames, reports, words


def test_every_state_of_an_agent_has_a_word_in_the_pages_order() -> None:
    assert tuple(words.STATES) == STATES


def test_every_status_that_an_agent_may_report_can_be_reported() -> None:
    assert set(reports.STATUSES) == set(STATUSES)


def test_every_status_and_priority_of_a_task_is_known() -> None:
    assert tuple(words.STATUSES) == record.STATUSES
    assert words.PRIORITIES == record.PRIORITIES


def test_every_documented_frame_can_be_said() -> None:
    assert set(frames.SUMMARIES) >= DOCUMENTED - {"connected"}


@pytest.mark.parametrize(
    ("status", "connection", "question", "state"),
    [
        ("active", "online", None, "active"),
        ("active", "offline", None, "offline"),
        ("waiting_feedback", "online", "Which?", "waiting_feedback"),
        ("waiting_feedback", "unknown", None, "answered"),
    ],
)
def test_an_agents_state_is_one_word(status: str, connection: str, question: str | None, state: str) -> None:
    agent = {"status": status, "connection": connection, "pending_question": question}
    assert words.state(agent) == state
