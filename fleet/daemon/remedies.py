"""What follows from a link that ended or did not come about: when to try again, and what to tell people to do."""

from __future__ import annotations

from typing import Tuple

from fleet import protocol
from fleet.daemon.backoff import Backoff
from fleet.daemon.conversation import Bye
from fleet.daemon.errors import Refused

# Seconds until the next try, and a sentence for the log.
Remedy = Tuple[float, str]


def after_bye(bye: Bye, backoff: Backoff, url: str) -> Remedy:
    """The server has said goodbye itself."""
    if bye.code == protocol.CLONE:
        return backoff.hourly(), f"This disk was cloned: another host has this one's key. Enrol anew: {enrol_anew(url)}"
    if bye.retry_after is None:
        return backoff.hourly(), f"The key of this host was ended. To have it back enrol it anew: {enrol_anew(url)}"
    if bye.code == protocol.SERVER_STOPS:
        return backoff.within(bye.retry_after), "The server restarts"
    return backoff.after(bye.retry_after), f"The server closed the link with {bye.code}"


def after_failure(error: Exception, backoff: Backoff, url: str) -> Remedy:
    """A try has come to nothing."""
    if not isinstance(error, Refused):
        return backoff.next(), str(error) or type(error).__name__
    if error.status == 401 and error.own:
        return backoff.hourly(), f"{url} does not know this host's key. Enrol anew: {enrol_anew(url)}"
    if error.retry_after is not None:
        return backoff.after(error.retry_after), f"{url} is busy: {error}"
    if not error.own:
        return backoff.next(), f"{url} cannot be asked: something on the way, or another server, answers {error}"
    return backoff.next(), f"{url} refuses the link: {error}"


def enrol_anew(url: str) -> str:
    """What to type."""
    return f"`fleet-daemon enrol --again --url {url} --key-stdin` with a new enrolment key (page Add host)"
