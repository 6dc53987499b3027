"""Holds: what keeps an agent still, the frames that wait for its end, and who has answered a stop.

Claims, commands and tasks ask here; `fleet.models.stop` begins and ends what holds the whole fleet.
"""

from fleet.models.hold.hold import Hold, active, of, refuse, stopping, withholds
from fleet.models.hold.record import WITHHELD, Withheld

__all__ = ["WITHHELD", "Hold", "Withheld", "active", "of", "refuse", "stopping", "withholds"]
