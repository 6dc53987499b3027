"""Stops: the fleet, or one agent, held still in an emergency, who was told, and who has answered.

`begin` freezes in one transaction, and `fleet.models.hold` says so to all that
give work out; `go_on` cancels what runs, chunk by chunk, and does what follows
from a resumption.
"""

from fleet.models.stop.control import By, begin, begin_for, resume, resume_agent
from fleet.models.stop.listed import Counts, answers, counts, find, page
from fleet.models.stop.record import STOPS, Stop, StopAcknowledgement
from fleet.models.stop.sweep import go_on, sweep

__all__ = [
    "STOPS",
    "By",
    "Counts",
    "Stop",
    "StopAcknowledgement",
    "answers",
    "begin",
    "begin_for",
    "counts",
    "find",
    "go_on",
    "page",
    "resume",
    "resume_agent",
    "sweep",
]
