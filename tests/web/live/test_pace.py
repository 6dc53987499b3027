"""How long a stream gathers: a single change is told at once, many together."""

from __future__ import annotations

import pytest

from fleet.web.live import streams
from fleet.web.live.streams import FEW, Pace
from tests.support.seconds import Seconds

TICK = 0.25


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    made = Seconds()
    monkeypatch.setattr(streams, "time", made)
    return made


def test_after_a_quiet_time_a_change_goes_out_at_once(watch: Seconds) -> None:
    pace = Pace(TICK, head=70)
    assert pace.rest() == 0

    pace.go(71)
    watch.seconds += TICK
    assert pace.rest() == 0


def test_single_changes_in_a_row_go_out_once_a_tick(watch: Seconds) -> None:
    pace = Pace(TICK, head=0)
    pace.go(1)
    watch.seconds += 0.125  # exact in binary

    assert pace.rest() == TICK - 0.125


def test_what_one_write_changes_is_no_crowd(watch: Seconds) -> None:
    pace = Pace(TICK, head=0)
    pace.go(FEW)
    watch.seconds += 2 * TICK

    assert pace.rest() == 0


def test_while_changes_come_thick_a_whole_tick_is_gathered(watch: Seconds) -> None:
    pace = Pace(TICK, head=0)
    pace.go(FEW + 1)
    watch.seconds += 2 * TICK  # sending them took that long
    assert pace.rest() == TICK

    pace.go(FEW + 2)
    watch.seconds += TICK
    assert pace.rest() == 0


def test_what_comes_while_others_are_sent_is_gathered_with_what_follows(watch: Seconds) -> None:
    """One publisher in bursts: each of its changes was sent by itself to a thousand streams."""
    pace = Pace(TICK, head=0)
    pace.go(1)
    watch.seconds += 2 * TICK  # sending it to all took that long
    pace.sent(2)
    assert pace.rest() == TICK

    pace.go(2)
    pace.sent(2)
    watch.seconds += TICK
    assert pace.rest() == 0, "nothing came meanwhile"
