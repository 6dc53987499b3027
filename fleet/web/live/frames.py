"""The bytes of Server-Sent Events (HTML standard, 9.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from fleet import clock
from fleet.db.record import Record
from fleet.models import journal
from fleet.models.journal.frames import DOCUMENTED

BEAT = b": \n\n"
LINE_END = re.compile(r"\r\n|\r|\n")


def json_frame(row: Record, epoch: str) -> bytes:
    """A change as document 1's unnamed frame: the browser's `onmessage` fires."""
    return b'id: %b-%d\ndata: {"event":"%b","data":%b}\n\n' % (
        epoch.encode(),
        row.seq,
        row.kind.encode(),
        row.data,
    )


_joined: dict[tuple[str, int, int, bool], bytes] = {}


def json_frames(rows: Sequence[Record], epoch: str, *, everything: bool) -> bytes:
    """Several changes joined into one write, never merged; document 1's only, unless `everything`.

    Readers at the same place get the same bytes object (design.md, "Rendered once").
    """
    key = (epoch, rows[0].seq, rows[-1].seq, everything)
    chunk = _joined.get(key)
    if chunk is None:
        frames = (json_frame(row, epoch) for row in rows if everything or row.kind in DOCUMENTED)
        chunk = b"".join(frames)
        if len(_joined) >= 64:
            _joined.clear()
        _joined[key] = chunk
    return chunk


def special(event: str, position: journal.Position, data: dict[str, Any]) -> bytes:
    """`connected` and `reset`: frames of the stream itself."""
    body = msgspec.json.encode({"event": event, "data": data | {"cursor": str(position)}})
    return b"id: %b\ndata: %b\n\n" % (str(position).encode(), body)


def greeting(role: str, who: str) -> bytes:
    """The first frame of a page's stream: whose it is, and what time it is here."""
    body = msgspec.json.encode({"role": role, "who": who, "now": clock.now()})
    return b": hello\n\nevent: role\ndata: %b\n\n" % body


def unknown_frame(key: str) -> bytes:
    """A topic's key says nothing here: the page that has it reads itself anew."""
    return text_frame("unknown", key)


def piece_frame(topic: str, html: str) -> bytes:
    """What a change does to pages with this topic: its key in the first line, HTML in the rest."""
    return text_frame("piece", f"{topic}\n{html}")


def at_frame(position: journal.Position) -> bytes:
    """All pieces up to here have been sent; only this moves a reader's position, so that a cut group is sent again."""
    return text_frame("at", "", position)


def reset_pages(position: journal.Position, reason: str) -> bytes:
    """The pages cannot be told what they have missed: they read themselves anew."""
    return text_frame("reset", reason, position)


def grown_frame(topic: str) -> bytes:
    """There is more to read of what a topic is about; no position, for nothing of it is in the journal."""
    return text_frame("grown", topic)


def text_frame(event: str, text: str, position: journal.Position | None = None) -> bytes:
    """A text as one named frame; every line of it is a line of data."""
    # Empty lines count: a question is sent back as it stands. Only these three end a line (9.2.5).
    lines = "".join(f"data: {line}\n" for line in LINE_END.split(text))
    place = f"id: {position}\n" if position else ""
    return f"{place}event: {event}\n{lines}\n".encode()
