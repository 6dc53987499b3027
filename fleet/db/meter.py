"""What the writer has done, in numbers."""

from __future__ import annotations

from fleet.tally import Histogram

BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
COMMITS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)


class Meter:
    """Pieces of work in one commit, and how long the disk took for it (seconds)."""

    __slots__ = ("batches", "commits")

    def __init__(self) -> None:
        self.batches = Histogram(BATCHES)
        self.commits = Histogram(COMMITS)

    def committed(self, pieces: int, seconds: float) -> None:
        """Count one commit."""
        self.batches.observe(pieces)
        self.commits.observe(seconds)
