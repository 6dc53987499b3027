"""What server and daemon say to each other over the link: names, limits, and the frames that are not JSON.

Standard library only, and Python 3.9: the daemon on a host is made of this too.

A link is one WebSocket, `GET /v1/link` with the agent's own key, opened by the
daemon. Text messages are JSON objects whose `type` is their name. Bytes of
output travel in binary messages, so that they stay bytes (contract I8).
Spans are seconds, never times: a host's clock is not trusted.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

VERSION = 1
PATH = "/v1/link"
# Second connections of the daemon, one for each file: `{TRANSFERS}/{id}`.
TRANSFERS = "/v1/link/transfers"

# Bytes. A message of either side; the bytes of output within one; the text of a command, its environment, its input.
MESSAGE_MOST = 1 << 20
CHUNK_MOST = 1 << 16
COMMAND_MOST = 1 << 16
ENVIRONMENT_MOST = 1 << 15
STDIN_MOST = 1 << 18
# Bytes of output that are under way to the server: sent, and not yet acknowledged by `want`.
WINDOW = 1 << 20
# Of each stream of output the first and the last so many bytes are kept, unless the server's welcome says otherwise.
HEAD_KEPT = 2 << 20
TAIL_KEPT = 2 << 20
# Commands of one host that run at the same time, and that may wait for it.
AT_ONCE = 4
WAITING_MOST = 1000
# Seconds: a command's time limit and life unless it says otherwise, and the most of either.
TIMEOUT, TIMEOUT_MOST = 60, 86_400
EXPIRES_IN = 3600
# Seconds from TERM to KILL, and for which a background child may hold a result back.
GRACE = 5.0
BACKGROUND_WAITS = 2.0
# Seconds between two beats, unless the welcome says otherwise; a link that was silent for two of them is dead.
BEAT = 20.0
DEAD_AFTER_BEATS = 2
# Seconds for which the server waits for an answer about a file, and for a transfer to begin.
FILE_ANSWER_WITHIN = 30.0
# Seconds between two snapshots of metrics while somebody watches.
METRICS_EVERY = 5.0

# Why a link is closed: a WebSocket close code of the private range (RFC 6455, 7.4.2), said before in `bye`.
BAD_MESSAGE = 4400
KEY_ENDED = 4401
NOT_FIRST_HELLO = 4402
CLONE = 4409
REPLACED = 4410
TOO_FAST = 4429
SERVER_STOPS = 1012

# Streams of bytes in binary messages.
STDOUT, STDERR, LINES = 1, 2, 3
STREAMS = {STDOUT: "stdout", STDERR: "stderr", LINES: "lines"}
NUMBERS = {name: number for number, name in STREAMS.items()}
# stream, length of the id; then the id in ASCII, the offset (unsigned, 8 bytes, network order), the bytes.
_HEAD = struct.Struct(">BB")
_OFFSET = struct.Struct(">Q")

# How a command may end (contract.md), and the ends that a daemon may report.
ENDS = ("succeeded", "failed", "timed_out", "canceled", "expired", "unknown")


class Malformed(ValueError):
    """The bytes are no message of this protocol."""


class Chunk(NamedTuple):
    """A piece of a stream: of which command (or followed log), where in the stream, which bytes."""

    stream: str
    id: str
    offset: int
    data: bytes


def encode_chunk(chunk: Chunk) -> bytes:
    """A binary message."""
    name = chunk.id.encode("ascii")
    return b"".join((_HEAD.pack(NUMBERS[chunk.stream], len(name)), name, _OFFSET.pack(chunk.offset), chunk.data))


def decode_chunk(message: bytes) -> Chunk:
    """What a binary message holds. Raises Malformed."""
    try:
        number, length = _HEAD.unpack_from(message)
        body = _HEAD.size + length
        (offset,) = _OFFSET.unpack_from(message, body)
        chunk = Chunk(
            STREAMS[number], message[_HEAD.size : body].decode("ascii"), offset, message[body + _OFFSET.size :]
        )
    except (struct.error, KeyError, UnicodeDecodeError) as error:
        raise Malformed("not a chunk of a stream") from error
    if not chunk.id or len(chunk.data) > CHUNK_MOST:
        raise Malformed("a chunk without an id, or with too many bytes")
    return chunk
