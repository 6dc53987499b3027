"""How a run ended is read from what its agent logged: its metadata first, its words otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.models.event.outcome import outcome


@pytest.mark.parametrize(
    ("kind", "message", "details", "wanted"),
    [
        ("test", "Ran npm test: 861 passed in 74 s", None, "passed"),
        ("test", "Ran pytest -x: 1 failed", None, "failed"),
        ("test", "3 passed, 1 failed", None, "failed"),
        ("test", "44 passed, 0 failed", None, "passed"),
        ("test", "100 failed", None, "failed"),
        ("test", "No failures", None, "passed"),
        ("build", "Build failed", None, "failed"),
        ("build", "Building the image", None, None),
        ("test", "1 failed", {"passed": True}, "passed"),
        ("test", "Ran it", {"exit_code": 0}, "passed"),
        ("test", "Ran it", {"exit_code": 2}, "failed"),
        ("test", "Ran it", {"failed": 0, "passed": 12}, "passed"),
        ("test", "Ran it", {"conclusion": "Failure"}, "failed"),
        ("test", "Ran it", {"exit_code": "0", "passed": "yes"}, None),
        ("test_passed", "", None, "passed"),
        ("build-failed", "", None, "failed"),
        ("passed", "", None, "passed"),
        ("failed", "", None, "failed"),
        ("info", "2 tests failed", {"exit_code": 1}, None),
        ("commit", "Let failed payments be retried", None, None),
        ("error", "npm ci exited with 1", None, None),
        ("", "", None, None),
    ],
)
def test_a_run_says_how_it_ended(kind: str, message: str, details: dict[str, Any] | None, wanted: str | None) -> None:
    assert outcome(kind, message, details) == wanted
