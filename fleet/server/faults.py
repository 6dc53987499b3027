"""What is wrong with bytes that gunicorn could not take for a request, in Fleet's words. Checked with gunicorn 27."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from gunicorn.http import errors as gunicorn

from fleet import errors
from fleet.environ import FAULT

UNREADABLE = "MALFORMED_REQUEST"
KINDS: dict[type[BaseException], tuple[type[errors.FleetError], str]] = {
    gunicorn.LimitRequestLine: (errors.AddressTooLong, "URI_TOO_LONG"),
    gunicorn.LimitRequestHeaders: (errors.HeadTooLarge, "HEADERS_TOO_LARGE"),
    gunicorn.ExpectationFailed: (errors.UnmetExpectation, "EXPECTATION_FAILED"),
    gunicorn.UnsupportedTransferCoding: (errors.UnknownCoding, "UNSUPPORTED_TRANSFER_CODING"),
    gunicorn.ParseException: (errors.Malformed, UNREADABLE),
}
SENTENCES: dict[type[BaseException], str] = {
    gunicorn.InvalidRequestLine: "The request's first line is malformed",
    gunicorn.InvalidRequestMethod: "The method is malformed",
    gunicorn.InvalidHTTPVersion: "This version of HTTP is not spoken here",
    gunicorn.InvalidHeader: "A header is missing or malformed",
    gunicorn.InvalidHeaderName: "A header's name is malformed",
    gunicorn.ObsoleteFolding: "A header goes on in a second line",
    gunicorn.LimitRequestLine: "The address is too long",
    gunicorn.LimitRequestHeaders: "The headers are too many or too long",
    gunicorn.ExpectationFailed: "This cannot be expected here",
    gunicorn.UnsupportedTransferCoding: "The body's coding is not known here",
}


def fault_of(error: BaseException) -> errors.FleetError | None:
    """The error to answer with when the fault is the sender's; None when it is ours."""
    if isinstance(error, errors.FleetError):
        return error
    # What the application has tried to send is no fault of anybody who asked.
    if isinstance(error, (gunicorn.InvalidResponseHeader, gunicorn.InvalidResponseHeaderName)):
        return None
    for kind, (made, code) in KINDS.items():
        if isinstance(error, kind) and not isinstance(error, gunicorn.ConfigurationProblem):
            sentence = SENTENCES.get(type(error), "These bytes are no request")
            named = printable(error)
            return made(code, f"{sentence}: {named}." if named else f"{sentence}.")
    return None


def printable(error: BaseException) -> str:
    """What gunicorn says of it, as far as it can be shown."""
    text = str(error)[:120]
    return "".join(letter if letter.isprintable() else "?" for letter in text)


class Unheard:
    """Stands in an answer for the request that could not be read; the connection ends with it."""

    method = "GET"
    version = (1, 1)

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = environ

    def should_close(self) -> bool:
        """Where the next request would begin is not known."""
        return True


def environ_of(fault: errors.FleetError, sock: Any, client: Any, scheme: str) -> dict[str, Any]:
    """As much of a request as the application needs to refuse it like any other."""
    named: Any = None
    with suppress(OSError):  # it may be gone by now
        named = sock.getsockname()
    named = named if isinstance(named, tuple) else ("localhost", 0)
    return {
        "REQUEST_METHOD": "-",
        "SCRIPT_NAME": "",
        "PATH_INFO": "-",
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": named[0],
        "SERVER_PORT": str(named[1]),
        "REMOTE_ADDR": client[0] if isinstance(client, tuple) and client else "",
        "HTTP_HOST": "localhost",
        "HTTP_ACCEPT": "application/json",
        "wsgi.url_scheme": scheme,
        FAULT: fault,
    }
