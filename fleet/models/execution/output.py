"""A command's output, by offset: stored as it came, the first and the last of it kept (contract I8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, insert, or_, select, update

from fleet import protocol
from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.models.execution.record import EXECUTIONS, OUTPUTS

STREAMS = ("stdout", "stderr")
# Small pieces are joined to rows of about so many bytes: a command that prints a line a second makes no row of each.
ROW = 1 << 14
# Up to here in each stream the order in which both have come stays known; beyond, only that of whole rows.
ORDERED = 1 << 18
# What lies between the kept head and tail is deleted a quarter of a mebibyte at a time.
TRIM = 1 << 18

_place = (OUTPUTS.c.command_seq == bindparam("command"), OUTPUTS.c.stream == bindparam("of"))
LAST = Prepared(
    select(OUTPUTS.c.id, OUTPUTS.c.offset, func.length(OUTPUTS.c.bytes).label("size"))
    .where(*_place)
    .order_by(OUTPUTS.c.offset.desc())
    .limit(1)
)
PLACES = Prepared(
    select(OUTPUTS.c.offset, func.length(OUTPUTS.c.bytes).label("size")).where(*_place).order_by(OUTPUTS.c.offset)
)
INSERT = Prepared(
    insert(OUTPUTS).values({name: bindparam(name) for name in ("command_seq", "stream", "offset", "bytes")})
)
BYTES = Prepared(select(OUTPUTS.c.bytes).where(OUTPUTS.c.id == bindparam("row")))
REPLACE = Prepared(update(OUTPUTS).where(OUTPUTS.c.id == bindparam("row")).values(bytes=bindparam("joined")))
FROM = Prepared(
    select(OUTPUTS.c.offset, OUTPUTS.c.bytes)
    .where(*_place, OUTPUTS.c.offset + func.length(OUTPUTS.c.bytes) > bindparam("start"))
    .order_by(OUTPUTS.c.offset)
    .limit(bindparam("rows", type_=OUTPUTS.c.stream.type))
)


def _of(stream: str) -> ColumnElement[bool]:
    """Rows of a stream that have something from where it was read to; no row is longer than a chunk."""
    begun: ColumnElement[int] = bindparam(stream)
    end = OUTPUTS.c.offset + func.length(OUTPUTS.c.bytes)
    near = OUTPUTS.c.offset > begun - protocol.CHUNK_MOST
    return and_(OUTPUTS.c.stream == protocol.NUMBERS[stream], near, end > begun)


MERGED = Prepared(
    select(OUTPUTS.c.stream, OUTPUTS.c.offset, OUTPUTS.c.bytes)
    .where(OUTPUTS.c.command_seq == bindparam("command"), or_(_of("stdout"), _of("stderr")))
    .order_by(OUTPUTS.c.id)
    .limit(bindparam("rows", type_=OUTPUTS.c.stream.type))
)


class Limits(NamedTuple):
    """Of each stream the first `head` and the last `tail` bytes are kept."""

    head: int = protocol.HEAD_KEPT
    tail: int = protocol.TAIL_KEPT


class Piece(NamedTuple):
    """Bytes of one stream, from `offset` on."""

    offset: int
    data: bytes


def append(tx: Transaction, command_seq: int, stream: str, piece: Piece, before: int, limits: Limits) -> int:
    """Store a piece of a stream that is stored up to `before`; returns up to where it is stored now.

    What is there already is left out: a chunk twice is harmless. A piece may lie
    further on, where the host could not keep what was between; the gap stays
    visible by the offsets.
    """
    known = max(0, before - piece.offset)
    data, offset = piece.data[known:], piece.offset + known
    if not data:
        return before
    place = {"command": command_seq, "of": protocol.NUMBERS[stream]}
    last = LAST.first(tx.connection, place)
    joins = last is not None and last.offset + last.size == offset and last.size + len(data) <= ROW
    if last is not None and joins and (offset >= ORDERED or is_newest(tx.connection, command_seq, stream, last.id)):
        [there] = BYTES.all(tx.connection, {"row": last.id})  # SQLite's own `||` would make a text of it
        REPLACE.run(tx.connection, {"row": last.id, "joined": there.bytes + data})
    else:
        values = {"command_seq": command_seq, "stream": place["of"], "offset": offset, "bytes": data}
        INSERT.run(tx.connection, values)
    end = offset + len(data)
    if end // TRIM != before // TRIM:
        trim(tx, command_seq, stream, end, limits)
    return end


def is_newest(connection: Connection, command_seq: int, stream: str, row_id: int) -> bool:
    """True when nothing has come in the other stream since this row was begun."""
    [other] = [name for name in STREAMS if name != stream]
    last = LAST.first(connection, {"command": command_seq, "of": protocol.NUMBERS[other]})
    return last is None or last.id < row_id


def trim(tx: Transaction, command_seq: int, stream: str, end: int, limits: Limits) -> None:
    """Delete what lies wholly between the head and the tail of a stream that ends at `end`."""
    c = OUTPUTS.c
    of_stream = (c.command_seq == command_seq, c.stream == protocol.NUMBERS[stream])
    between = (c.offset >= limits.head, c.offset + func.length(c.bytes) <= end - limits.tail)
    tx.execute(delete(OUTPUTS).where(*of_stream, *between))


def stored(tx: Transaction, command_seq: int, ends: dict[str, int], limits: Limits) -> None:
    """Note up to where the streams are stored now, and about how much that is."""
    values = {f"{stream}_next": end for stream, end in ends.items()}
    values["kept"] = sum(min(end, limits.head + limits.tail + TRIM) for end in ends.values())
    tx.execute(update(EXECUTIONS).where(EXECUTIONS.c.command_seq == command_seq).values(**values))


def pieces(connection: Connection, command_seq: int, stream: str, start: int = 0, rows: int = 8) -> list[Piece]:
    """What is stored of a stream from `start` on, in order, at most `rows` pieces: some hundred kilobytes."""
    values = {"command": command_seq, "of": protocol.NUMBERS[stream], "start": start, "rows": rows}
    found = FROM.all(connection, values)
    return [Piece(max(row.offset, start), bytes(row.bytes[max(0, start - row.offset) :])) for row in found]


def merged(
    connection: Connection, command_seq: int, starts: Mapping[str, int], rows: int = 200, most: int = 1 << 19
) -> list[tuple[str, Piece]]:
    """What both streams have from where each was read to, in the order of coming: the stream, and the piece.

    At most `rows` pieces, and no more once there are `most` bytes.
    """
    values = {"command": command_seq, "rows": rows, **{name: starts[name] for name in STREAMS}}
    found: list[tuple[str, Piece]] = []
    size = 0
    for row in MERGED.all(connection, values):
        name = protocol.STREAMS[row.stream]
        data = bytes(row.bytes[max(0, starts[name] - row.offset) :])
        found.append((name, Piece(max(row.offset, starts[name]), data)))
        size += len(data)
        if size >= most:
            break
    return found


def whole(connection: Connection, command_seq: int, stream: str, start: int = 0) -> Iterator[Piece]:
    """Everything that is stored of a stream from `start` on."""
    while found := pieces(connection, command_seq, stream, start):
        yield from found
        start = found[-1].offset + len(found[-1].data)


def gaps(connection: Connection, row: Any, stream: str) -> list[tuple[int, int]]:
    """What a stream has printed and is not kept: where, and how many bytes. `row` is one of `lookup`."""
    found: list[tuple[int, int]] = []
    end = 0
    places = PLACES.all(connection, {"command": row.seq, "of": protocol.NUMBERS[stream]})
    for start, size in [*((place.offset, place.size) for place in places), (printed(row, stream), 0)]:
        if start > end:
            found.append((end, start - end))
        end = max(end, start + size)
    return found


def printed(row: Any, stream: str) -> int:
    """How many bytes a stream has: those that are stored, and in the end those that were printed."""
    return int(max(getattr(row, f"{stream}_next"), getattr(row, f"{stream}_bytes")))


def tail(connection: Connection, command_seq: int, stream: str, end: int, most: int) -> bytes:
    """The last bytes of a stream that is stored up to `end`, at most `most` of them."""
    found = whole(connection, command_seq, stream, max(0, end - most))
    return b"".join(piece.data for piece in found)
