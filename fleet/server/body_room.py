"""How many bytes of bodies may be under way at once, whoever sends them: nobody's stalled uploads take all memory.

A body takes room before it is read and gives it back when its request is over.
Strangers have a room of their own, so that they take none from those who are known.
"""

from __future__ import annotations

from collections import Counter

from fleet.errors import TooManyRequests

# What comes in one piece anyway takes no room: a server that is full of large bodies takes small ones.
SMALL = 4096
LEAST = 32 * 2**20
STRANGERS_MOST = 16 * 2**20
# However small the room and large the limit of one body: so many of the largest ones fit.
WHOLE_BODIES = 4
SOON = 5  # seconds


class BodyRoom:
    """Room for `most` bytes; one holder gets half of it."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0
        self._of: Counter[str] = Counter()

    def take(self, holder: str, size: int) -> None:
        """Take room for so many bytes. Raises TooManyRequests when there is none for this holder, or for anybody."""
        if self._of[holder] + size > self.most // 2:
            raise TooManyRequests("TOO_MANY_BODIES", "You send too many large bodies at the same time.", SOON)
        if self.taken + size > self.most:
            raise TooManyRequests("TOO_MANY_BODIES", "Too many large bodies are on their way in already.", SOON)
        self.taken += size
        self._of[holder] += size

    def give_back(self, holder: str, size: int) -> None:
        """The bytes are not held any more."""
        self.taken -= size
        self._of[holder] -= size
        if self._of[holder] <= 0:
            del self._of[holder]


class BodyRooms:
    """The two rooms of one server whose bodies may have `max_body` bytes."""

    def __init__(self, max_body: int) -> None:
        self.known = BodyRoom(max(LEAST, WHOLE_BODIES * max_body))
        self.strangers = BodyRoom(STRANGERS_MOST)
