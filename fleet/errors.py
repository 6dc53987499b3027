"""What can go wrong, in Fleet's own words.

No HTTP in here: `fleet.web.pages.errors` alone knows which status each one becomes.
"""

from __future__ import annotations


class FleetError(Exception):
    """Something a caller can be told about.

    `code` is the documented, stable word (`AGENT_NOT_FOUND`), `message` a
    sentence for people, `details` what a program may need besides (`field`
    names the path of a wrong field).
    """

    def __init__(self, code: str, message: str, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


class Invalid(FleetError):
    """The request says something that it may not say; `details["field"]` names where."""


class Malformed(FleetError):
    """The bytes that came are no request, or not the body that was announced."""


class AddressTooLong(FleetError):
    """The request's first line is longer than any address of ours."""


class HeadTooLarge(FleetError):
    """The request has too many headers, or one that is too long."""


class UnmetExpectation(FleetError):
    """The request expects of the server what it does not do."""


class UnknownCoding(FleetError):
    """The request's body is wrapped in a way that the server does not know."""


class TooSlow(FleetError):
    """What was announced did not come in time."""


class TooLarge(FleetError):
    """The request is larger than the configured limit."""


class Unauthorized(FleetError):
    """No credential, or one that is not (or no longer) good."""


class Forbidden(FleetError):
    """A good credential with too little right."""


class NotFound(FleetError):
    """There is no such thing, or not for this caller."""


class Conflict(FleetError):
    """The state of the thing forbids it now."""


class Stale(FleetError):
    """The caller edits an older edition than the one that is stored."""


class Misdirected(FleetError):
    """The request was meant for another host name."""


class TooManyRequests(FleetError):
    """The caller asks too often; `retry_after` says in how many seconds it may ask again."""

    def __init__(self, code: str, message: str, retry_after: int) -> None:
        super().__init__(code, message)
        self.retry_after = retry_after


class TooManyStreams(FleetError):
    """No further stream can be served by this process at the moment."""

    def __init__(self) -> None:
        super().__init__("TOO_MANY_STREAMS", "Too many streams are open; try again later.")


class TooManyLinks(FleetError):
    """No further daemon's link can be served by this process at the moment."""

    def __init__(self) -> None:
        super().__init__("TOO_MANY_LINKS", "Too many daemons are connected; try again later.")


class UpgradeRequired(FleetError):
    """The address is a WebSocket's, and the request is no upgrade to one that the server speaks."""

    def __init__(self) -> None:
        super().__init__("UPGRADE_REQUIRED", "This is a WebSocket: ask for the upgrade, version 13 (RFC 6455).")


class RemoteFailed(FleetError):
    """Another machine did not do what it was asked; `details` tell the step and its own words."""


class StorageUnavailable(FleetError):
    """The database or its disk refused; nothing was written, trying again may help.

    `full` tells a full disk from every other failure.
    """

    def __init__(self, message: str, *, full: bool = False) -> None:
        super().__init__("STORAGE_FULL" if full else "STORAGE_UNAVAILABLE", message)
        self.full = full


class HostIsFull(FleetError):
    """A host has no room for what it was to take; nothing of it is left there."""


class HostSilent(FleetError):
    """A host that is connected gave no answer in time."""
