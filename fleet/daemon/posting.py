"""One HTTP request on one connection, by the way that `dial` finds; blocks until its deadline."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any, Dict, Optional

from fleet.daemon import dial, proxy
from fleet.daemon.address import Address
from fleet.daemon.backoff import retry_after
from fleet.daemon.deadline import TIMEOUTS, Deadline
from fleet.daemon.errors import Broken, Refused
from fleet.daemon.upgrade import code_in, user_agent

ANSWER_MOST = 4 << 20


def post(
    address: Address, ca_file: Optional[Path], path: str, headers: Dict[str, str], body: bytes, seconds: float
) -> bytes:
    """The body of a Fleet's answer of 2xx. Raises Refused, Broken, Unreachable, Trouble."""
    deadline = Deadline(seconds)
    connection = http.client.HTTPConnection(address.host, address.port)
    target, to_proxy = proxy.in_plain(address, address.base + path)
    with dial.connect(address, ca_file, deadline, by_request=True) as sock:
        connection.sock = sock
        try:
            deadline.apply(sock)
            connection.request(
                "POST",
                target,
                body,
                {
                    **headers,
                    **to_proxy,
                    "Host": address.name,
                    "Content-Type": "application/json",
                    "Accept": "application/json",
                    "User-Agent": user_agent(),
                    "Connection": "close",
                },
            )
            with connection.getresponse() as answer:
                content = _whole(answer, sock, deadline)
        except TIMEOUTS as error:
            raise Broken(f"{address.name} did not answer in time") from error
        except (OSError, http.client.HTTPException) as error:
            raise Broken(f"{address.name} hung up before it had answered") from error
    if not 200 <= answer.status < 300:
        wait = retry_after(answer.getheader("Retry-After"))
        raise Refused(answer.status, message_in(content), wait, own=code_in(content) is not None)
    return content


def _whole(answer: http.client.HTTPResponse, sock: Any, deadline: Deadline) -> bytes:
    content = b""
    while True:
        deadline.apply(sock)
        piece = answer.read1(1 << 16)
        if not piece:
            return content
        content += piece
        if len(content) > ANSWER_MOST:
            raise Broken("the answer is too long")


def message_in(content: bytes) -> str:
    """What an error of Fleet's says to people; its code where it says nothing, and "" for somebody else's page."""
    try:
        message = json.loads(content)["error"]["message"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return code_in(content) or ""
    return message[:500] if isinstance(message, str) else ""
