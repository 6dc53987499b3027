"""Who has how many streams open: nobody may take everybody's place."""

from __future__ import annotations

from collections import Counter

from fleet.config import Settings
from fleet.errors import TooManyRequests
from fleet.web.security.credentials import Identity

SOON = 5  # seconds


class Seats:
    """Open streams, counted by whose they are: a person's, however they come, or a token's."""

    def __init__(self, per_person: int, per_token: int) -> None:
        self._per_person = per_person
        self._per_token = per_token
        self._taken: Counter[str] = Counter()

    @classmethod
    def of(cls, settings: Settings) -> Seats:
        """With the limits that are set."""
        return cls(settings.streams_per_person, settings.streams_per_token)

    def require(self, identity: Identity, spare: int = 0) -> str:
        """Whose the next stream will be. Raises TooManyRequests when there is no seat for it, and no `spare` one."""
        owner = identity.holder_id
        most = self._per_person if identity.person_id else self._per_token
        if self._taken[owner] >= most + spare:
            raise TooManyRequests(
                "TOO_MANY_STREAMS",
                f"You have {most} streams open, which is all that you may. Close some.",
                SOON,
            )
        return owner

    def take(self, owner: str) -> None:
        """A stream of theirs has begun."""
        self._taken[owner] += 1

    def leave(self, owner: str) -> None:
        """A stream of theirs has ended."""
        self._taken[owner] -= 1
        if self._taken[owner] <= 0:
            del self._taken[owner]

    def taken(self, owner: str) -> int:
        """How many they have open."""
        return self._taken.get(owner, 0)
