"""Who is connected: the daemons' sockets of this process, and the one place that is asked who holds one.

A leaf: it moves messages and knows nothing of what they say. `fleet.web.link` speaks with the daemons.
"""

from fleet.links.link import Link
from fleet.links.links import Links, Messages

__all__ = ["Link", "Links", "Messages"]
