"""Lists as files: CSV and JSON Lines, written while they are read, so that any number of rows fits.

A few records at a time, and then everybody else has a turn: a reader that is as
quick as we are would otherwise hold up all others to the end.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from fleet.clock import rfc3339
from fleet.db.greenlets import give_way
from fleet.web.framework.current import the_app
from fleet.web.framework.messages import Response
from fleet.web.http.respond import vary

# Records that are read and written together: some milliseconds' work.
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
# Reads the records after a key (None: the first ones) and says the key for the next call; None ends it.
Read = Callable[[int | None], tuple[list[Record], int | None]]


def table_response(name: str, kind: str, columns: Sequence[str], read: Read) -> Response:
    """Records as a download called `name`.`kind`; CSV has `columns`, JSON Lines all that a record has.

    `read` runs in an application context of its own each time, and gives its
    connection back before anything is sent: a slow reader holds none.
    """
    app = the_app()

    def chunks() -> Iterator[list[Record]]:
        key: int | None = None
        while True:
            with app.app_context():
                records, key = read(key)
            yield records
            if key is None:
                return
            give_way()

    body = as_csv(columns, chunks()) if kind == "csv" else as_json_lines(chunks())
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return vary(Response(body, headers=headers, content_type=KINDS[kind]))


def as_csv(columns: Sequence[str], chunks: Iterable[list[Record]]) -> Iterator[bytes]:
    """Records as CSV (RFC 4180) with a head line; every cell is safe to open in a spreadsheet."""
    yield csv_lines([list(columns)])
    for records in chunks:
        yield csv_lines([[cell(record.get(column)) for column in columns] for record in records])


def as_json_lines(chunks: Iterable[list[Record]]) -> Iterator[bytes]:
    """Records as JSON, one a line."""
    encoder = msgspec.json.Encoder()
    for records in chunks:
        yield encoder.encode_lines(records)


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as lines that end with CR LF."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
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
