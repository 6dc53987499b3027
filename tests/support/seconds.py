"""A clock that the test sets; stands in for the module `time`."""

from __future__ import annotations


class Seconds:
    """It is `seconds`, whichever clock is asked; the wall clock may be `set_by` so many more."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.5
        self.set_by = 0.0

    def time(self) -> float:
        """The wall clock."""
        return self.seconds + self.set_by

    def monotonic(self) -> float:
        """The clock that never goes back."""
        return self.seconds
