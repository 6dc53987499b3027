"""The journal: what changed, in which order, and the frames that say it. Every stream is read from it.

A position is `(epoch, seq)`. The epoch is made once with the database, so that
a reader who comes with a position of another one (a restored backup, a new
file) is told to start anew instead of missing changes silently (contract I7).
"""

from fleet.models.journal.changes import Position, after, append, begin_epoch, prune, state
from fleet.models.journal.record import CHANGES, JOURNAL, Change, Journal

__all__ = [
    "CHANGES",
    "JOURNAL",
    "Change",
    "Journal",
    "Position",
    "after",
    "append",
    "begin_epoch",
    "prune",
    "state",
]
