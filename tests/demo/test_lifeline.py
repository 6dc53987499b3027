"""What an agent of the demo does when the server will not give it a task."""

from __future__ import annotations

import pytest

from fleet.client import Refused
from fleet.demo.lifeline import Lifeline, World
from fleet.demo.pace import Pace
from fleet.demo.printer import Printer
from fleet.demo.scenarios import CAST


class Refusing:
    """Stands in for Client: refuses every claim with this code."""

    def __init__(self, code: str) -> None:
        self.code = code

    def claim(self, _agent_id: str, _lease: int) -> None:
        raise Refused(409, self.code, "No.")


def lifeline(code: str) -> Lifeline:
    world = World("http://127.0.0.1:1", "token", 1, Pace(1, once=True), Printer(quiet=True))
    made = Lifeline(CAST[0], world, Refusing(code))  # type: ignore[arg-type]  # a fake
    made.id = "agt_1"
    return made


@pytest.mark.parametrize("code", ["AGENT_PAUSED", "FLEET_PAUSED", "FLEET_STOPPED"])
def test_whoever_is_held_has_no_task_for_now(code: str) -> None:
    assert lifeline(code).take() is None


def test_any_other_refusal_is_not_overlooked() -> None:
    with pytest.raises(Refused):
        lifeline("FORBIDDEN").take()
