"""What can go wrong between a host and its Fleet, each with a sentence that says what to do."""

from __future__ import annotations

from typing import Optional


class Trouble(Exception):
    """Something that a person has to put right; its text is one sentence, without any secret."""


class Unreachable(Exception):
    """No connection came about: no address, nobody there, or nobody who can be trusted."""


class Broken(Exception):
    """The other side broke off, or said what is no message of this protocol."""


class Refused(Exception):
    """The server answered the upgrade, or a report, with another status than hoped for.

    `retry_after` is in seconds, and None where the answer named none.
    """

    def __init__(self, status: int, words: str, retry_after: Optional[float] = None) -> None:
        super().__init__(f"HTTP {status}{': ' if words else ''}{words}")
        self.status = status
        self.retry_after = retry_after
