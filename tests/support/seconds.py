"""A clock that the test sets; stands in for the module `time`."""

from __future__ import annotations


class Seconds:
    """It is `seconds`, whichever clock is asked."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.5

    def time(self) -> float:
        """The wall clock."""
        return self.seconds

    def monotonic(self) -> float:
        """The clock that never goes back."""
        return self.seconds
