"""A repeated write gets the first answer for a day and is not repeated (I12)."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.db import Transaction, write
from fleet.errors import Conflict
from fleet.models import idempotency
from fleet.models.idempotency import ANSWERS
from tests.support.application import Clock, application, count

SCOPE = ("tok_1", "POST /v1/tasks", "key-1")
ANSWER = (201, b'{"id":"task_1"}')


def keep(scope: tuple[str, str, str] = SCOPE, digest: str = "d1") -> None:
    write(lambda tx: idempotency.keep(tx, *scope, digest, ANSWER))


def recall(scope: tuple[str, str, str] = SCOPE, digest: str = "d1") -> tuple[int, bytes] | None:
    return write(lambda tx: idempotency.recall(tx, *scope, digest))


def test_a_kept_answer_is_given_again_byte_for_byte() -> None:
    keep()

    assert recall() == recall() == ANSWER


def test_there_is_no_answer_before_the_first_request() -> None:
    assert recall() is None


@pytest.mark.parametrize("part", range(3))
def test_credential_route_and_key_belong_together(part: int) -> None:
    keep()
    other = [*SCOPE]
    other[part] += "x"

    assert recall((other[0], other[1], other[2])) is None


def test_the_same_key_with_another_body_is_refused() -> None:
    keep()

    with pytest.raises(Conflict) as refused:
        recall(digest="d2")
    assert refused.value.code == "IDEMPOTENCY_KEY_REUSED"


def test_an_answer_is_kept_for_a_whole_day_and_no_longer(clock: Clock) -> None:
    keep()
    clock.pass_by(86400)
    assert recall() == ANSWER

    clock.pass_by(1)

    assert recall(digest="d2") is None
    keep(digest="d2")
    assert recall(digest="d2") == ANSWER


def test_the_answer_is_kept_only_if_its_write_is() -> None:
    def write_and_fail(tx: Transaction) -> None:
        idempotency.keep(tx, *SCOPE, "d1", ANSWER)
        raise LookupError

    with pytest.raises(LookupError):
        write(write_and_fail)

    assert recall() is None


def test_old_answers_are_swept_in_small_chunks_and_young_ones_stay(clock: Clock) -> None:
    for number in range(5):
        keep(("tok_1", "POST /v1/tasks", f"old-{number}"))
    clock.pass_by(86401)
    keep()

    assert [write(lambda tx: idempotency.sweep(tx, 2)) for _ in range(4)] == [2, 2, 1, 0]
    assert (count(ANSWERS), recall()) == (1, ANSWER)


def test_an_answer_outlives_the_server(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    with application(tmp_path / "kept"):
        keep()
    with application(tmp_path / "kept"):
        assert recall() == ANSWER
