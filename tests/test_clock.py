"""The clock never goes back within a process, and passes as the monotonic clock does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fleet.clock import Clock

SECOND = 1_000_000_000
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOURS = timedelta(hours=3)


class Machine:
    """A machine whose clock can be set."""

    def __init__(self) -> None:
        self.wall = int(NOON.timestamp()) * SECOND
        self.steady = 77 * SECOND
        self.clock = Clock(lambda: self.wall, lambda: self.steady)

    def pass_by(self, seconds: int) -> None:
        self.wall += seconds * SECOND
        self.steady += seconds * SECOND

    def set_by(self, change: timedelta) -> None:
        self.wall += int(change.total_seconds()) * SECOND


def test_time_passes_as_on_the_wall() -> None:
    machine = Machine()
    assert machine.clock.now() == NOON

    machine.pass_by(90)

    assert machine.clock.now() == NOON + timedelta(seconds=90)


def test_a_clock_that_is_set_back_changes_no_span() -> None:
    machine = Machine()
    machine.set_by(-HOURS)
    assert machine.clock.now() == NOON
    machine.pass_by(90)

    assert machine.clock.now() == NOON + timedelta(seconds=90)
    assert machine.clock.behind() == -HOURS


def test_a_clock_that_is_set_forward_is_followed() -> None:
    machine = Machine()
    machine.set_by(HOURS)
    assert machine.clock.now() == NOON + HOURS

    machine.set_by(-HOURS)
    machine.pass_by(1)

    assert machine.clock.now() == NOON + HOURS + timedelta(seconds=1), "back again is back"


def test_a_server_follows_a_large_step_when_it_is_ready_and_a_small_one_at_once() -> None:
    machine = Machine()
    machine.clock.begin(by_hand=True)
    machine.set_by(timedelta(seconds=1))
    assert machine.clock.now() == NOON + timedelta(seconds=1)
    machine.set_by(HOURS)
    machine.pass_by(2)
    assert machine.clock.now() == NOON + timedelta(seconds=3)
    assert machine.clock.behind() == HOURS

    machine.clock.adopt()

    assert machine.clock.now() == NOON + HOURS + timedelta(seconds=3)
    assert machine.clock.behind() == timedelta(0)


def test_what_was_wrong_is_over_with_the_next_start() -> None:
    machine = Machine()
    machine.set_by(-HOURS)

    machine.clock.begin(by_hand=False)

    assert machine.clock.now() == NOON - HOURS


def test_being_held_up_between_two_looks_is_no_step_forward() -> None:
    machine = Machine()

    def late() -> int:
        machine.pass_by(5)
        return machine.steady

    held_up = Clock(lambda: machine.wall, lambda: machine.steady)
    held_up._steady = late

    held_up.now()

    assert held_up.behind() <= timedelta(0)
    held_up._steady = lambda: machine.steady
    assert held_up.now() == NOON + timedelta(seconds=10)
