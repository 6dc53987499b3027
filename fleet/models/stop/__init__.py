"""Stops: the fleet held still in an emergency, who was told, and who has answered.

`beginning` freezes in one transaction and `holding` says so to all that gives
work out; `sweeping` cancels what runs, chunk by chunk; `acknowledging` notes
the answers; `releasing` does what follows from a resumption; `listed` reads.
"""

from fleet.models.stop.record import Stop, StopAcknowledgement, Withheld

__all__ = ["Stop", "StopAcknowledgement", "Withheld"]
