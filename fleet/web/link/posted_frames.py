"""Frames within a call's JSON: those of the link, and chunks with their bytes in base64."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from fleet import protocol
from fleet.errors import Invalid
from fleet.web.link.messages import Accepted, Beat, Ended, Frame, Hello, Id, Offset, Refused, Said, Started

FRAMES_MOST = 4000


class Chunk(Frame, frozen=True):
    """A piece of a stream, its bytes in base64."""

    stream: Literal["stdout", "stderr"]
    id: Id
    offset: Offset
    data: Annotated[bytes, Meta(max_length=protocol.CHUNK_MOST)]


_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Hello | Beat | Accepted | Refused | Started | Ended | Chunk)


def decode(frames: Sequence[msgspec.Raw]) -> list[Said]:
    """What a daemon says by a call. Raises Invalid with the place of the first frame that is none."""
    said: list[Said] = []
    for place, raw in enumerate(frames):
        try:
            one = _decoder.decode(raw)
        except (msgspec.DecodeError, RecursionError) as error:
            raise wrong(place, str(error)[:200]) from None
        if isinstance(one, Chunk):
            if one.offset + len(one.data) > 2**53:
                raise wrong(place, "an offset that no file has")
            one = protocol.Chunk(one.stream, one.id, one.offset, one.data)
        said.append(one)
    return said


def wrong(place: int, why: str) -> Invalid:
    """The error for a frame."""
    return Invalid("INVALID_FRAMES", f"A frame cannot be understood: {why}", field=f"frames[{place}]")
