"""What a daemon says, typed and bounded; anything else ends its link (hosts-shape.md, "The link")."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from fleet import protocol
from fleet.links.link import Message

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")]
Ids = Annotated[list[Id], Meta(max_length=2000)]
Word = Annotated[str, Meta(max_length=200)]
Words = Annotated[list[Word], Meta(max_length=32)]
Line = Annotated[str, Meta(max_length=1000)]
# Beyond this no database keeps a whole number exactly.
Offset = Annotated[int, Meta(ge=0, le=2**53)]


class Frame(Struct, tag_field="type", tag=str.lower, kw_only=True, frozen=True):
    """A JSON message; its `type` is its class's name. What nobody knows here has no effect."""


class Running(Struct, kw_only=True, frozen=True):
    """A command that runs, and how much it has printed."""

    id: Id
    stdout: Offset = 0
    stderr: Offset = 0


class Hello(Frame, frozen=True):
    """The first message: the machine, the daemon, and every command that it has."""

    protocol: int
    hostname: Annotated[str, Meta(min_length=1, max_length=255)]
    version: Word | None = None
    sha256: Annotated[str, Meta(max_length=64)] | None = None
    os: Word | None = None
    arch: Word | None = None
    python: Word | None = None
    ips: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=100)] = []
    boot_id: Word | None = None
    session: Id | None = None
    user: Word | None = None
    clock: float | None = None
    capabilities: Words = []
    waiting: Ids = []
    running: Annotated[list[Running], Meta(max_length=2000)] = []
    ended: Ids = []


class Beat(Frame, frozen=True):
    """It lives; perhaps with a snapshot of the machine's metrics."""

    metrics: dict[str, Any] | None = None


class Accepted(Frame, frozen=True):
    """A command is on the host's disk."""

    id: Id


class Refused(Frame, frozen=True):
    """A command was not taken: nothing of it was started, nor will be."""

    id: Id
    code: Word
    message: Line = ""


class Started(Frame, frozen=True):
    """A command has begun."""

    id: Id


class Left(Struct, kw_only=True, frozen=True):
    """A process of a command that is still there."""

    pid: Annotated[int, Meta(ge=0)]
    name: Word = ""


class Ended(Frame, frozen=True):
    """How a command ended; sent once all of its output that was kept has been acknowledged."""

    id: Id
    state: Literal["succeeded", "failed", "timed_out", "canceled", "expired", "unknown"]
    exit_code: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)] | None = None
    signal: Word | None = None
    reason: Line | None = None
    ms: Offset | None = None
    ago: Annotated[float, Meta(ge=0, le=10**9)] = 0.0
    stdout: Offset = 0
    stderr: Offset = 0
    dropped: Offset = 0
    masked: Offset = 0
    left: Annotated[list[Left], Meta(max_length=100)] = []


class Done(Frame, frozen=True):
    """What came of a question about a file, or of a transfer; which fields there are depends on what was asked."""

    id: Id
    path: Annotated[str, Meta(max_length=10_000)] = ""
    size: Offset = 0
    mtime: Annotated[int, Meta(ge=-(2**53), le=2**53)] = 0
    etag: Word = ""
    sha256: Word = ""
    entries: Annotated[list[dict[str, Any]], Meta(max_length=2000)] = []
    more: Offset = 0


class Failed(Frame, frozen=True):
    """Why nothing came of it."""

    id: Id
    code: Word
    message: Line = ""


Answer = Done | Failed
Said = Hello | Beat | Accepted | Refused | Started | Ended | Done | Failed | protocol.Chunk
OfCommand = Accepted | Refused | Started | Ended
Text = Hello | Beat | Accepted | Refused | Started | Ended | Done | Failed
_decoder: msgspec.json.Decoder[Text] = msgspec.json.Decoder(Text)
encode = msgspec.json.Encoder().encode


def decode(message: Message) -> Said:
    """What a daemon has said. Raises protocol.Malformed, in words for the daemon's log."""
    if isinstance(message, bytes):
        chunk = protocol.decode_chunk(message)
        if chunk.offset + len(chunk.data) > 2**53:
            raise protocol.Malformed("an offset that no file has")
        return chunk
    try:
        return _decoder.decode(message)
    except (msgspec.DecodeError, RecursionError) as error:
        raise protocol.Malformed(str(error)[:200]) from None


def saying(kind: str, **values: Any) -> str:
    """A message to a daemon."""
    return encode({"type": kind, **values}).decode()
