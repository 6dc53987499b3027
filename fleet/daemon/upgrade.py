"""From a connection to a WebSocket (RFC 6455, 4.1); blocks until its deadline, like `dial`."""

from __future__ import annotations

import json
import socket
from typing import Optional
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidMessage, InvalidStatus
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import WebSocketURI

from fleet import protocol
from fleet.daemon.address import Address
from fleet.daemon.backoff import retry_after
from fleet.daemon.deadline import TIMEOUTS, Deadline
from fleet.daemon.errors import Broken, Refused
from fleet.daemon.log import wire
from fleet.daemon.version import version

READ = 1 << 14
ANSWER_MOST = 1 << 20


def upgrade(sock: socket.socket, address: Address, key: str, deadline: Deadline) -> ClientProtocol:
    """Ask for the link. What has come behind the answer waits in the protocol's events. Raises Refused, Broken."""
    uri = WebSocketURI(address.secure, address.host, address.port, address.base + protocol.PATH, "")
    # No extension: deflate costs memory for each link, and can be made to tell secrets by lengths.
    speaker = ClientProtocol(uri, extensions=None, max_size=protocol.MESSAGE_MOST, logger=wire)
    request = speaker.connect()
    request.headers["X-Agent-Key"] = key
    request.headers["User-Agent"] = user_agent()
    speaker.send_request(request)
    try:
        deadline.apply(sock)
        sock.sendall(b"".join(speaker.data_to_send()))
        _listen(sock, speaker, deadline)
    except TIMEOUTS as error:
        raise Broken(f"{address.name} did not answer the upgrade in time") from error
    except OSError as error:
        raise Broken(f"{address.name} hung up during the upgrade") from error
    _judge(speaker, address)
    return speaker


def user_agent() -> str:
    """What the server's log shows."""
    return f"fleet-daemon/{version()}"


def _listen(sock: socket.socket, speaker: ClientProtocol, deadline: Deadline) -> None:
    heard = 0
    while speaker.state is State.CONNECTING and speaker.handshake_exc is None:
        deadline.apply(sock)
        piece = sock.recv(READ)
        heard += len(piece)
        if heard > ANSWER_MOST:
            raise Broken("the answer to the upgrade is too long")
        if piece:
            speaker.receive_data(piece)
        else:
            speaker.receive_eof()
            break


def _judge(speaker: ClientProtocol, address: Address) -> None:
    wrong = speaker.handshake_exc
    if isinstance(wrong, InvalidStatus):
        raise refusal(wrong.response, address)
    if isinstance(wrong, InvalidMessage):
        raise Broken(f"{address.name} hung up during the upgrade, or does not speak HTTP")
    if wrong is not None:
        raise Broken(f"{address.name} took the upgrade in a way that no server of Fleet does: {wrong}")
    if speaker.state is State.CONNECTING:
        raise Broken(f"{address.name} hung up during the upgrade")


def refusal(response: Response, address: Address) -> Refused:
    """What an answer other than 101 means, with the server's own word if it is Fleet's."""
    status, wait = response.status_code, None
    for name, value in response.headers.raw_items():
        if name.lower() == "retry-after":
            wait = retry_after(value)
    if 300 <= status < 400:
        where = urlsplit(next((v for n, v in response.headers.raw_items() if n.lower() == "location"), ""))
        return Refused(status, f'{address.url} points to {where.scheme}://{where.hostname}: put that into "url"')
    code = code_in(response.body or b"")
    return Refused(status, code or "", wait, own=code is not None)


def code_in(body: bytes) -> Optional[str]:
    """The code of an error as Fleet writes it."""
    try:
        code = json.loads(body)["error"]["code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return code if isinstance(code, str) and len(code) < 100 else None
