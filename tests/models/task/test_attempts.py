"""What an agent has been given: each task beside the claims that this agent made of it."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from fleet.models.task import attempts
from tests.support.application import connected

MANY = 300


class Claim:
    """A claim that counts how often somebody asks what it is of."""

    asked = 0

    def __init__(self, number: int) -> None:
        self.number = number

    @property
    def task_id(self) -> str:
        Claim.asked += 1
        return f"task_{self.number % MANY}"


def test_each_claim_is_looked_at_once_however_many_tasks_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a thousand tasks, claimed twice each, it took 1.2 seconds in which nobody else was served."""
    claims: Sequence[Any] = [Claim(number) for number in reversed(range(2 * MANY))]
    monkeypatch.setattr(attempts, "claims_of", lambda *_: claims)
    tasks: Sequence[Any] = [SimpleNamespace(id=f"task_{number}") for number in range(MANY + 1)]
    with connected() as connection:
        attempted = attempts.with_claims(connection, "ada", tasks)

    assert [[claim.number for claim in each.claims] for each in attempted[:2]] == [[MANY, 0], [MANY + 1, 1]]
    assert attempted[MANY].claims == ()
    assert Claim.asked <= 2 * len(claims)
