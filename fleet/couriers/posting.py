"""One POST to one checked address: no redirect is followed, no proxy asked, nothing of the answer kept but its status."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus

from fleet.couriers.answer import Answer
from fleet.couriers.deadline import Conversation, cut_after
from fleet.couriers.parcel import LONGEST, Undelivered
from fleet.couriers.targets import Target, addresses, parse
from fleet.errors import Invalid
from fleet.version import version

# Seconds for a connection, and for each time that nothing comes.
CONNECT, SILENCE = 5.0, 10.0
TRIES_MOST = 2
# Statuses of 4xx that speak of now, not of the message.
PASSING = (408, 425, 429)


class Pinned(http.client.HTTPConnection):
    """A connection to an address that was looked up and checked before; the certificate is the name's."""

    response_class = Answer

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=SILENCE)
        self._target = target
        self._address = address

    def connect(self) -> None:
        """Connect to the address, never to the name."""
        self.sock = socket.create_connection((self._address, self._target.port), CONNECT)
        self.sock.settimeout(SILENCE)
        if self._target.tls:
            secure(self, self._target.host)


def secure(conversation: Conversation, host: str) -> None:
    """Go on in TLS, with a certificate of `host`; the socket can be cut during the handshake too."""
    conversation.sock = trusted().wrap_socket(conversation.sock, server_hostname=host, do_handshake_on_connect=False)
    conversation.sock.do_handshake()


@cache
def trusted() -> ssl.SSLContext:
    """Certificates are checked against the system's authorities."""
    return ssl.create_default_context()


def post(url: str, body: bytes, headers: Mapping[str, str], listed: tuple[str, ...]) -> int:
    """POST and return the status, one of 2xx. Raises Undelivered."""
    try:
        target = parse(url, listed)
    except Invalid as error:
        raise Undelivered(error.message, final=True) from None
    sent = {"User-Agent": f"Fleet/{version()}", "Host": target.authority, "Connection": "close", **headers}
    return judged(*first_answer(target, body, sent, listed))


def first_answer(target: Target, body: bytes, headers: Mapping[str, str], listed: tuple[str, ...]) -> tuple[int, str]:
    """The status and Retry-After of the first of the target's addresses that takes the connection."""
    tries = addresses(target, listed)[:TRIES_MOST]
    for place, address in enumerate(tries, 1):
        connection = Pinned(target, address)
        try:
            with cut_after(LONGEST, connection):
                connection.connect()
                connection.request("POST", target.path, body, dict(headers))
                answer = connection.getresponse()
                return answer.status, answer.getheader("Retry-After") or ""
        except (OSError, http.client.HTTPException) as error:
            # What took the connection may have taken the message: only one that did not is passed over.
            if connection.sock is not None or place == len(tries):
                raise Undelivered(trouble(target, error)) from error
        finally:
            connection.close()
    raise AssertionError("there is at least one address")


def trouble(target: Target, error: Exception) -> str:
    """What went wrong, in a sentence."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate of {target.authority} is not good: {error.verify_message}."
    if isinstance(error, TimeoutError):
        return f"{target.authority} did not answer in time."
    if isinstance(error, ConnectionRefusedError):
        return f"{target.authority} refused the connection."
    if isinstance(error, http.client.IncompleteRead | http.client.RemoteDisconnected):
        return f"{target.authority} ended the connection before it had answered."
    if isinstance(error, http.client.HTTPException):
        return f"{target.authority} did not answer in HTTP."
    return f"{target.authority} could not be reached ({type(error).__name__})."


def judged(status: int, retry_after: str) -> int:
    """The status when it is one of 2xx. Raises Undelivered for every other one."""
    if 200 <= status < 300:
        return status
    sentence = f"The receiver answered {status}{phrase(status)}."
    if status < 200:
        raise Undelivered(f"{sentence} That is no answer to a POST.", status=status)
    if 300 <= status < 400:
        raise Undelivered(f"{sentence} Redirects are not followed: enter the address itself.", status=status)
    wait = int(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 6 else 0
    raise Undelivered(sentence, status=status, gone=status == 410, wait=min(wait, 3600))


def phrase(status: int) -> str:
    """A status's usual name; the receiver's own words are not ours to repeat."""
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""
