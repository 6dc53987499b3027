"""What can go wrong between a host and its Fleet, each with a sentence that says what to do."""

from __future__ import annotations

from typing import Optional


class Trouble(Exception):
    """Something that a person has to put right; its text is one sentence, without any secret."""


class Unreachable(Exception):
    """No connection came about: no address, nobody there, or nobody who can be trusted."""


class Walled(Unreachable):
    """A proxy does not lead to the server by CONNECT; requests may still be let through."""


class Broken(Exception):
    """The other side broke off, or said what is no message of this protocol."""


class Refused(Exception):
    """The upgrade, or a report, was answered with another status than hoped for.

    `retry_after` is in seconds, and None where the answer named none. `own`: it
    is written as a Fleet writes errors; whatever else stands on the way, a proxy
    or a firewall, answers by a page of its own, with any status.
    """

    def __init__(self, status: int, words: str, retry_after: Optional[float] = None, own: bool = False) -> None:
        super().__init__(f"HTTP {status}{': ' if words else ''}{words}")
        self.status = status
        self.retry_after = retry_after
        self.own = own
