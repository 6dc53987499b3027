"""A connection of its own for each file: no beat waits behind one, and the link carries none.

All of it blocks and runs in a thread of its own (`aside`): reading a disk and writing to TLS may wait for as long as
they like, and the loop goes on meanwhile. Most of the time of such a thread is spent in system calls that let others
run; a forked process would cost more than the transfer of a small file.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import ssl
from pathlib import Path
from typing import Dict, NamedTuple, Optional

from fleet import protocol
from fleet.daemon import dial
from fleet.daemon.address import Address
from fleet.daemon.deadline import TIMEOUTS, Deadline
from fleet.daemon.errors import Broken
from fleet.daemon.files.refused import CHANGED, CUT, Failed
from fleet.daemon.files.temporary import write_all
from fleet.daemon.posting import message_in
from fleet.daemon.upgrade import user_agent

# Seconds for the connection; without a byte; and for the server's answer behind the last one.
DIAL_MOST, STALL, ANSWER_MOST = 20.0, 60.0, 60.0
PIECE = 1 << 18
REFUSAL_MOST = 1 << 16


class Way(NamedTuple):
    """How the server is reached, and the key that says who comes."""

    address: Address
    ca_file: Optional[Path]
    key: str

    def open(self) -> http.client.HTTPConnection:
        """A connection. Raises Trouble, Unreachable, Broken."""
        sock = dial.connect(self.address, self.ca_file, Deadline(DIAL_MOST))
        sock.settimeout(STALL)
        connection = http.client.HTTPConnection(self.address.host, self.address.port)
        connection.sock = sock
        return connection

    def path(self, transfer_id: str) -> str:
        """Where a transfer is to be had, or brought."""
        return f"{self.address.base}{protocol.TRANSFERS}/{transfer_id}"

    def headers(self) -> Dict[str, str]:
        """What every request of ours says."""
        return {"Host": self.address.name, "X-Agent-Key": self.key, "User-Agent": user_agent(), "Connection": "close"}


class Received(NamedTuple):
    """How much has come, and its SHA-256."""

    size: int
    sha256: str


def etag_of(found: os.stat_result) -> str:
    """Another one whenever the file may be another one, as far as its file system tells."""
    name = f"{found.st_dev:x}-{found.st_ino:x}-{found.st_size:x}-{found.st_mtime_ns:x}-{found.st_ctime_ns:x}"
    return hashlib.sha256(name.encode("ascii")).hexdigest()[:32]


def send(way: Way, transfer_id: str, fd: int, found: os.stat_result, offset: int, length: int) -> None:
    """Bring the server a range of a file. Raises Failed when the file has become shorter, Broken, Unreachable."""
    connection = way.open()
    try:
        connection.putrequest("POST", way.path(transfer_id), skip_host=True, skip_accept_encoding=True)
        told = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(length),
            "X-Fleet-Size": str(found.st_size),
            "X-Fleet-Mtime": str(int(found.st_mtime)),
            "X-Fleet-Etag": etag_of(found),
        }
        for name, value in {**way.headers(), **told}.items():
            connection.putheader(name, value)
        connection.endheaders()
        if _pour(fd, connection.sock, offset, length) < length:
            # Never padded: the connection ends before what was announced has come.
            raise Failed(CHANGED, "The file became shorter while it was read.")
        connection.sock.settimeout(ANSWER_MOST)
        _require_good(connection.getresponse())
    except TIMEOUTS as error:
        raise Broken("the server took nothing for too long") from error
    except (OSError, http.client.HTTPException) as error:
        raise Broken("the server hung up") from error
    finally:
        connection.close()


def _pour(fd: int, sock: socket.socket, offset: int, length: int) -> int:
    """Write a range of a file into a socket; returns how many bytes there were."""
    begun = offset
    end = offset + length
    plain = not isinstance(sock, ssl.SSLSocket) and hasattr(os, "sendfile")
    if plain:
        with open(fd, "rb", closefd=False) as file:  # a descriptor
            sent: int = sock.sendfile(file, offset, length) if length else 0
            return sent
    while offset < end:
        piece = os.pread(fd, min(PIECE, end - offset), offset)
        if not piece:
            break
        sock.sendall(piece)
        offset += len(piece)
    return offset - begun


def receive(way: Way, transfer_id: str, fd: int) -> Received:
    """Fetch what the server has, into a file. Raises Failed, Broken, Unreachable, OSError (the disk's)."""
    connection = way.open()
    size, digest = 0, hashlib.sha256()
    try:
        answer = _ask(connection, way, transfer_id)
        _require_good(answer)
        while True:
            piece = _next(answer)
            if not piece:
                break
            write_all(fd, piece)
            digest.update(piece)
            size += len(piece)
    finally:
        connection.close()
    return Received(size, digest.hexdigest())


def _ask(connection: http.client.HTTPConnection, way: Way, transfer_id: str) -> http.client.HTTPResponse:
    try:
        connection.request("GET", way.path(transfer_id), headers=way.headers())
        return connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        raise Broken("the server hung up") from error


def _next(answer: http.client.HTTPResponse) -> bytes:
    """The next bytes; none once all have come. An end that was cut off is an error, never an end."""
    try:
        return answer.read(PIECE)
    except TIMEOUTS as error:
        raise Broken("nothing came for too long") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Broken("the server hung up") from error


def _require_good(answer: http.client.HTTPResponse) -> None:
    if not 200 <= answer.status < 300:
        raise Failed(CUT, f"HTTP {answer.status}: {message_in(answer.read(REFUSAL_MOST))}")
