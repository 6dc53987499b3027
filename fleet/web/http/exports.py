"""Lists as files: CSV and JSON Lines, written while they are read, so that any number of rows fits.

A few milliseconds' work at a time, and then everybody else has a turn: a reader
that is as quick as we are would otherwise hold up all others to the end.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from fleet.clock import rfc3339
from fleet.db.greenlets import TURN, give_way
from fleet.web.framework.current import the_app
from fleet.web.framework.messages import Response
from fleet.web.http.respond import vary

# Records that are read together, and at most written together: some are long.
CHUNK = 200
KINDS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
# A spreadsheet takes a cell that begins like this for a formula, and runs it: in some of them also a full-width sign
# (East Asian settings), or one behind white space that is dropped when the file is read.
FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
    "\t",
    "\r",
    "\n",
    "\v",
    "\f",
    "\x85",
    "\u2028",
    "\u2029",
)
Record = dict[str, Any]
# Reads the records after a key (None: the first ones) and says the key for the next call; None ends it. What it reads
# needs no connection any more: records may be made of it while they are written.
Read = Callable[[int | None], tuple[Iterable[Record], int | None]]


def table_response(name: str, kind: str, columns: Sequence[str], read: Read) -> Response:
    """Records as a download called `name`.`kind`; CSV has `columns`, JSON Lines all that a record has.

    `read` runs in an application context of its own each time, and gives its
    connection back before anything is sent: a slow reader holds none.
    """
    app = the_app()

    def records() -> Iterator[Record]:
        key: int | None = None
        while True:
            with app.app_context():
                some, key = read(key)
            yield from some
            if key is None:
                return

    body = in_turns(as_csv(columns, records()) if kind == "csv" else as_json_lines(records()))
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return vary(Response(body, headers=headers, content_type=KINDS[kind]))


def in_turns(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, joined as far as a turn goes, which is over also after CHUNK lines; then everybody else has theirs."""
    joined: list[bytes] = []
    over = time.monotonic() + TURN
    for line in lines:
        joined.append(line)
        if len(joined) == CHUNK or time.monotonic() >= over:
            yield b"".join(joined)
            joined = []
            give_way()
            over = time.monotonic() + TURN
    if joined:
        yield b"".join(joined)


def as_csv(columns: Sequence[str], records: Iterable[Record]) -> Iterator[bytes]:
    """Records as CSV (RFC 4180) with a head line; every cell is safe to open in a spreadsheet."""
    yield csv_line(columns)
    for record in records:
        yield csv_line([cell(record.get(column)) for column in columns])


def as_json_lines(records: Iterable[Record]) -> Iterator[bytes]:
    """Records as JSON, one a line."""
    encoder = msgspec.json.Encoder()
    for record in records:
        yield encoder.encode_lines((record,))


def csv_line(cells: Sequence[str]) -> bytes:
    """Cells as a line that ends with CR LF."""
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def cell(value: object) -> str:
    """One value as a cell: a time as RFC 3339, a list divided by commas, and never a formula."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return msgspec.json.encode(value).decode()
    text = as_text(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def as_text(value: object) -> str:
    """A value that is no number, as text."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else str(value)
