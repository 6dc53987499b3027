"""What templates can say about times."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fleet import clock
from fleet.web.pages.jinja import exact, left
from tests.support.application import NOON, Clock


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=29, seconds=59), "29 min"),
        (timedelta(days=2), "2 d"),
        (timedelta(0), "0 s"),
        (timedelta(seconds=-5), "0 s"),
    ],
)
def test_what_is_left_is_counted_to_the_moment_and_never_below_nothing(
    monkeypatch: pytest.MonkeyPatch, until: timedelta, said: str
) -> None:
    monkeypatch.setattr(clock, "now", Clock().now)

    assert left(NOON + until) == said


def test_the_exact_time_names_its_zone() -> None:
    assert exact(NOON) == "22 Nov 2026, 12:00:00 UTC"
