"""How long is waited, by a chance that the test gives."""

from __future__ import annotations

import pytest

from fleet.daemon.backoff import Backoff, retry_after


def least(a: float, _: float) -> float:
    return a


def most(_: float, b: float) -> float:
    return b


def test_a_wait_is_anything_up_to_a_span_that_doubles_from_a_second_to_a_minute() -> None:
    assert [Backoff(most).next() for _ in range(1)] == [1]
    long = Backoff(most)
    assert [long.next() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert Backoff(least).next() == 0
    for _ in range(10_000):
        long.next()
    assert long.next() == 60


def test_only_a_link_that_lived_a_minute_is_a_new_beginning() -> None:
    backoff = Backoff(most)
    for _ in range(4):
        backoff.next()
    backoff.lived(59.9)
    assert backoff.next() == 16
    backoff.lived(60)
    assert backoff.next() == 1


def test_a_server_that_asks_for_time_gets_it_and_not_everybody_back_at_its_end() -> None:
    assert Backoff(least).after(7) == 7
    assert Backoff(most).after(7) == 8
    assert Backoff(least).after(-5) == 0
    assert Backoff(least).after(1e12) == 3600


def test_a_restart_has_its_hosts_back_anywhere_in_the_span() -> None:
    assert (Backoff(least).within(30), Backoff(most).within(30)) == (0, 30)
    assert Backoff(most).within(0) == 1


def test_hourly_is_about_an_hour() -> None:
    assert (Backoff(least).hourly(), Backoff(most).hourly()) == (3240, 3600)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("7", 7), (" 30 ", 30), ("0", 0), ("99999", 3600), (None, None), ("", None), ("-1", None), ("1.5", None)),
        *(("Wed, 21 Oct 2026 07:28:00 GMT", None), ("9" * 400, None), ("٣", None)),
    ],
)
def test_retry_after_is_read_as_seconds_or_not_at_all(text: str | None, seconds: float | None) -> None:
    assert retry_after(text) == seconds
