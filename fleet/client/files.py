"""A host's files, from it and to it: `/v1/agents/{id}/files`. Whatever their size, some pieces are held."""

from __future__ import annotations

import hashlib
import http.client
import secrets
import select
import ssl
from collections.abc import Callable, Iterator, Mapping
from io import BufferedIOBase
from types import TracebackType
from urllib.parse import quote, urlencode

from fleet.client.address import Address, Json
from fleet.client.diagnosis import explained
from fleet.client.refusals import MARK, Unreachable, judged, stranger

PIECE = 1 << 18
# Seconds for the connection, and in which something has to move; a host may write for longer behind the last byte.
CONNECT, SILENCE, PLACING = 10.0, 60.0, 660.0


class Cut(Exception):
    """A transfer ended before its end: what came is not the file."""


class Unread(Exception):
    """The file that is to be brought cannot be read."""


def path_of(address: Address, agent_id: str) -> str:
    """Where a host's files are."""
    return f"{address.base}/v1/agents/{quote(agent_id, safe='')}/files"


def connected(address: Address) -> http.client.HTTPConnection:
    """A connection of its own for a file. Raises Unreachable."""
    connection = address.connection(CONNECT)
    try:
        connection.connect()
    except (OSError, http.client.HTTPException) as problem:
        raise Unreachable(explained(address, problem)) from problem
    connection.sock.settimeout(SILENCE)
    return connection


class Download:
    """A file of a host's, as it comes; `size` is what the host says of it, in bytes."""

    def __init__(self, address: Address, agent_id: str, path: str) -> None:
        """Raises Refused, Unreachable."""
        self._connection = connected(address)
        try:
            where = f"{path_of(address, agent_id)}?{urlencode({'path': path}, errors='surrogateescape')}"
            self._connection.request("GET", where, headers=address.headers(Accept="*/*"))
            self._answer = self._connection.getresponse()
            if self._answer.status != 200:
                judged(address, self._answer, self._answer.read())
            if self._answer.status != 200 or self._answer.getheader(MARK) is None or self._answer.length is None:
                raise stranger(address, self._answer.status)
        except (OSError, http.client.HTTPException) as problem:
            self._connection.close()
            raise Unreachable(explained(address, problem)) from problem
        except BaseException:
            self._connection.close()
            raise
        self.size = int(self._answer.length)

    def __enter__(self) -> Download:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def __iter__(self) -> Iterator[bytes]:
        """All of its bytes. Raises Cut when they end before."""
        left = self.size
        while left:
            try:
                piece = self._answer.read(min(PIECE, left))
            except (OSError, http.client.HTTPException) as problem:
                raise Cut(f"after {self.size - left} of {self.size} bytes: {problem}") from problem
            if not piece:
                raise Cut(f"after {self.size - left} of {self.size} bytes")
            left -= len(piece)
            yield piece


class Upload:
    """A file for a host: `fields` say where it belongs, and come first, so that a refusal may come before the file.

    `size` is how many bytes it has, None where only its end tells; `on_piece` is told how many have gone.
    """

    def __init__(
        self, file: BufferedIOBase, size: int | None, fields: Mapping[str, str], on_piece: Callable[[int], None]
    ) -> None:
        self._file, self._size, self._on_piece = file, size, on_piece
        self._digest = hashlib.sha256()
        self._boundary = secrets.token_hex(16)
        self._before = b"".join(self._field(name, value) for name, value in fields.items()) + self._head(
            "file", '; filename="file"'
        )

    def _head(self, name: str, more: str = "") -> bytes:
        return f'--{self._boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode()

    def _field(self, name: str, value: str) -> bytes:
        return self._head(name) + value.encode(errors="surrogateescape") + b"\r\n"

    def _after(self) -> bytes:
        # Behind the file, since only now it is known: the host holds what it has against it, before that has a name.
        return b"\r\n" + self._field("sha256", self._digest.hexdigest()) + f"--{self._boundary}--\r\n".encode()

    def send(self, address: Address, agent_id: str) -> Json:
        """Bring it; the host's word: its `path`, `size`, `sha256`. Raises Refused, Unreachable, Cut, Unread."""
        connection = connected(address)
        try:
            self._begin(connection, address, agent_id)
            whole = self._pour(connection)
            connection.sock.settimeout(PLACING if whole else SILENCE)
            answer = connection.getresponse()
            done = judged(address, answer, answer.read())
        except (OSError, http.client.HTTPException) as problem:
            raise Cut(f"by the connection: {problem}") from problem
        finally:
            connection.close()
        if done.get("sha256") != self._digest.hexdigest():
            raise stranger(address, answer.status)
        return done

    def _begin(self, connection: http.client.HTTPConnection, address: Address, agent_id: str) -> None:
        connection.putrequest("POST", path_of(address, agent_id), skip_accept_encoding=True)
        kind = f"multipart/form-data; boundary={self._boundary}"
        headers = address.headers(**{"Accept": "application/json", "Content-Type": kind})
        if self._size is None:
            headers["Transfer-Encoding"] = "chunked"
        else:
            headers["Content-Length"] = str(len(self._before) + self._size + len(self._after()))
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()

    def _pour(self, connection: http.client.HTTPConnection) -> bool:
        """Send all of the form; False when an answer came before, or the connection is over."""
        try:
            for piece in self._body():
                if not put(connection, b"%x\r\n%b\r\n" % (len(piece), piece) if self._size is None else piece):
                    return False
            return self._size is not None or put(connection, b"0\r\n\r\n")
        except OSError:
            return False  # who hangs up, or takes nothing any more, has said why, perhaps

    def _body(self) -> Iterator[bytes]:
        yield self._before
        gone = 0
        while piece := self._read(PIECE if self._size is None else min(PIECE, self._size - gone)):
            self._digest.update(piece)
            yield piece
            gone += len(piece)
            self._on_piece(gone)
        if self._size is not None and gone < self._size:
            raise Cut(f"since the file became shorter meanwhile: {gone} of {self._size} bytes")
        yield self._after()

    def _read(self, most: int) -> bytes:
        """What there is, at once: a writer who is slow is no reason to send nothing."""
        try:
            return self._file.read1(most) if most else b""
        except OSError as error:
            raise Unread(error.strerror or str(error)) from error


def put(connection: http.client.HTTPConnection, data: bytes) -> bool:
    """Send all of it; False once an answer is there. Under TLS nobody can tell that from what TLS itself says."""
    if isinstance(connection.sock, ssl.SSLSocket):
        connection.send(data)
        return True
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN | select.POLLOUT)
    rest = memoryview(data)
    while rest:
        ready = poll.poll(SILENCE * 1000)
        if not ready:
            raise TimeoutError("the server takes nothing any more")
        if ready[0][1] & select.POLLIN:
            return False
        rest = rest[connection.sock.send(rest) :]
    return True
