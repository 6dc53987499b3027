"""Live: one reader of the journal a process, and the streams that follow it."""

from fleet.parts import the
from fleet.web.live.feed import Feed


def feed() -> Feed:
    """The current application's feed."""
    return the(Feed)


__all__ = ["Feed", "feed"]
