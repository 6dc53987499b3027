"""A word that answers may hold is a word that rows may hold, and the other way round."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from fleet.models import json_types, shapes
from fleet.models.agent.record import STATES, STATUSES
from fleet.models.command.record import OUTCOMES, SHELL, WORDS
from fleet.models.command.record import STATUSES as COMMAND_STATUSES
from fleet.models.task.record import PRIORITIES
from fleet.models.task.record import STATUSES as TASK_STATUSES
from fleet.web.security.policy import ROLES

SAME = [
    (json_types.AgentStatus, STATUSES),
    (json_types.AgentState, STATES),
    (json_types.TaskStatus, TASK_STATUSES),
    (json_types.Priority, PRIORITIES),
    (json_types.WordsType, WORDS),
    (json_types.CommandType, (*WORDS, SHELL)),
    (json_types.Outcome, OUTCOMES),
    (json_types.CommandStatus, COMMAND_STATUSES),
    (json_types.Role, ROLES),
]


@pytest.mark.parametrize(("kind", "words"), SAME)
def test_the_words_are_the_same(kind: Any, words: tuple[str, ...]) -> None:
    assert set(get_args(kind)) == set(words)


def test_an_agent_has_the_fields_of_its_type() -> None:
    assert {*shapes.AGENT, "state", "state_since", "needs_you"} == json_types.Agent.__annotations__.keys()
