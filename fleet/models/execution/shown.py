"""An execution as JSON: what stands beside its command's, and its output as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from fleet.db import long_reads
from fleet.models import command, shapes
from fleet.models.command.record import COMMANDS
from fleet.models.execution import output
from fleet.models.execution.record import EXECUTIONS

HISTORY_OUTPUT = 1 << 16  # bytes of each stream
# Control sequences (ECMA-48, 5.4), texts for the terminal itself, and whatever else is no character to be read.
SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)


def as_json(row: Any) -> shapes.JSON:
    """What is known of an execution: a row of `executions`, or one of `lookup`."""
    return {
        "params": row.params,
        "exit_code": row.exit_code,
        "signal": row.signal,
        "reason": row.reason,
        "duration_ms": row.ms,
        "stdout_bytes": max(row.stdout_bytes, row.stdout_next),
        "stderr_bytes": max(row.stderr_bytes, row.stderr_next),
        "dropped_bytes": row.dropped,
        "masked_secrets": row.masked,
        "left": row.left,
        "started_at": row.started_at,
        "finished_at": row.ended_at,
        "cancel_requested_at": row.cancel_at,
        "canceled_by": row.canceled_by,
    }


def with_executions(connection: Connection, shown: list[shapes.JSON]) -> list[shapes.JSON]:
    """Commands' JSON with the executions of those that are work for a host."""
    ids = [each["id"] for each in shown if each["type"] == command.SHELL]
    if not ids:
        return shown
    mine = select(COMMANDS.c.id, EXECUTIONS).join(COMMANDS, COMMANDS.c.seq == EXECUTIONS.c.command_seq)
    rows = {row.id: row for row in long_reads.read(connection, mine.where(COMMANDS.c.id.in_(ids)))}
    return [each | {"execution": as_json(rows[each["id"]])} if each["id"] in rows else each for each in shown]


def without_text(shown: Sequence[shapes.JSON]) -> list[shapes.JSON]:
    """The same for a viewer, who reads neither what hosts are told nor what they print (security.md 2)."""
    hidden: shapes.JSON = {"content": "", "response": None, "execution": None}
    return [each | hidden if each["type"] == command.SHELL else each for each in shown]


def text(pieces: Sequence[output.Piece], start: int = 0) -> str:
    """Pieces of a stream as text; where bytes were left out, a line says how many. Invalid UTF-8 is replaced."""
    parts: list[bytes] = []
    end = start
    for piece in pieces:
        if piece.offset > end:
            parts.append(f"\n[… {piece.offset - end} bytes left out …]\n".encode())
        parts.append(piece.data)
        end = piece.offset + len(piece.data)
    return b"".join(parts).decode("utf-8", "replace")


def plain(data: bytes) -> str:
    """Output as text without the sequences that move and colour a terminal."""
    return SEQUENCE.sub("", data.decode("utf-8", "replace"))


def whole_text(connection: Connection, row: Any, stream: str) -> str:
    """All that is kept of a stream, as text."""
    return text(list(output.whole(connection, row.seq, stream)))


def last_text(connection: Connection, row: Any) -> str:
    """stdout, then stderr, the last 64 KiB of each, as text."""
    ends = ((stream, getattr(row, f"{stream}_next")) for stream in output.STREAMS)
    return "".join(
        end_of_text(output.tail(connection, row.seq, stream, end, HISTORY_OUTPUT), cut=end > HISTORY_OUTPUT)
        for stream, end in ends
    )


def end_of_text(data: bytes, *, cut: bool) -> str:
    """The last bytes of a stream as text; what is left of a character that was `cut` in two is left out."""
    begins = 0
    while cut and begins < 3 and begins < len(data) and data[begins] & 0xC0 == 0x80:
        begins += 1
    return data[begins:].decode("utf-8", "replace")
