"""Lines as the server gets them: JSON, one a line, masked, each with the place from which to go on after it."""

from __future__ import annotations

import json.encoder
from typing import List, NamedTuple, Optional

from fleet.masking import Masker

# Bytes of a line that are told; and what is kept of a longer one, so that a secret across the cut is known for one.
LINE_MOST = 1 << 16
KEPT_MOST = LINE_MOST + (1 << 12)

_quoted = json.encoder.encode_basestring


class Line(NamedTuple):
    """A line without its end, how many bytes of it were not kept, and the place behind it."""

    text: bytes
    lost: int
    cursor: str


def told(lines: List[Line], masker: Masker) -> bytes:
    """Lines that follow each other in the masker's stream."""
    masked = masker.feed(b"".join([line.text + b"\n" for line in lines])).split(b"\n")
    return "".join([_as_text(raw, line.lost, line.cursor, "null") for raw, line in zip(masked, lines)]).encode()


def record(masked: bytes, lost: int, cursor: str, at: Optional[float] = None) -> bytes:
    """One line; `at` in seconds since 1970 where the source knows it."""
    moment = "null" if at is None else repr(at)
    return _as_text(masked, lost, cursor, moment).encode()


def notice(kind: str, cursor: str) -> bytes:
    """Something that a reader has to know: truncated, rotated, gap."""
    return f'{{"notice":{_quoted(kind)},"cursor":{_quoted(cursor)}}}\n'.encode()


def mark(name: str, cursor: str) -> bytes:
    """Where a reader stands: `begin`, from which to go on before any line has come, or `end`: the backlog is told."""
    return f'{{"mark":{_quoted(name)},"cursor":{_quoted(cursor)}}}\n'.encode()


def _as_text(masked: bytes, lost: int, cursor: str, moment: str) -> str:
    return f'{{"line":{_quoted(_text(masked, lost))},"at":{moment},"cursor":{_quoted(cursor)}}}\n'


def _text(raw: bytes, lost: int) -> str:
    if raw.endswith(b"\r"):
        raw = raw[:-1]
    if len(raw) > LINE_MOST:
        lost += len(raw) - LINE_MOST
        raw = raw[:LINE_MOST]
    text = raw.decode("utf-8", "replace")
    return f"{text} … ({lost} bytes cut)" if lost else text
