"""Every route keeps to its own description, whatever it is asked (`python -m tests.contract` asks for longer)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.hooks import excused, waits
from tests.contract.house import house
from tests.contract.run import Plan, run

pytestmark = pytest.mark.slow


def test_every_call_is_answered_as_it_is_described(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        done = run(home, tmp_path, Plan(examples=2))

        assert done.returncode == 0, done.stdout + done.stderr
        assert home.holds(), home.server.log[-20_000:]


def test_only_what_would_wait_is_kept_from_waiting() -> None:
    assert [waits(value) for value in (30, "0.5", 0, -1, "no", None, True, [1], 10**9)] == [True, True, *[False] * 7]


def test_only_rules_beyond_schemas_are_excused() -> None:
    told = b'{"error": {"code": "%s", "message": "", "details": {"reason": "%s"}}}'

    assert excused(told % (b"WRONG_PASSWORD", b""))
    assert excused(told % (b"INVALID_FENCE", b"Expected `int`, got `float`"))
    assert not excused(told % (b"INVALID_FENCE", b"Expected `int`, got `str`"))
    assert not excused(b"<html>")
