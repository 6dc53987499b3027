"""What templates can say about times."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from fleet import clock, paths
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


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(hours=3), "09:00"),
        (timedelta(hours=11, minutes=59), "00:01"),
        (timedelta(hours=24), "21 Nov"),
        (timedelta(hours=-24), "23 Nov"),
    ],
)
def test_a_time_of_day_that_is_another_days_is_shown_as_that_day(
    monkeypatch: pytest.MonkeyPatch, ago: timedelta, said: str
) -> None:
    monkeypatch.setattr(clock, "now", Clock().now)

    assert clock.hour_or_day(NOON - ago) == said


def test_a_length_of_time_has_one_form_in_every_text_for_people() -> None:
    """`15 min`, not `15 minutes`: where a template or a script says a number of something, it says it in one way."""
    other = re.compile(r"\b([0-9]+|two|three) (seconds?|secs?|minutes?|mins|hours?|hrs?|days?|years?)\b")
    found = {}
    for file in (*paths.templates().rglob("*.html"), *(paths.static() / "js").rglob("*.js")):
        shown = re.sub(r"\{#.*?#\}|^\s*//.*?$", "", file.read_text(), flags=re.DOTALL | re.MULTILINE)
        found[file.name] = other.findall(shown)
    assert not {name: words for name, words in found.items() if words}


@pytest.mark.parametrize("word", [">Edition<", "first start", "Wrong door"])
def test_no_page_speaks_of_what_only_the_code_knows(word: str) -> None:
    assert not [file.name for file in paths.templates().rglob("*.html") if word in file.read_text()]
