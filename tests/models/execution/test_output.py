"""Stored output is what was printed, byte for byte; what is not kept lies between the first and the last of it (I8)."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.db import write
from fleet.models import execution, retention
from fleet.models.execution import Limits, Piece
from fleet.models.execution.output import TRIM
from tests.models.execution.conftest import queue, row_of

pytestmark = pytest.mark.usefixtures("app")

ENDED = execution.End(state="succeeded", exit_code=0, stdout=1000)


class Stream:
    """stdout of one command, written piece by piece."""

    def __init__(self, host: str, limits: Limits | None = None) -> None:
        self.host = host
        self.limits = limits or Limits()
        self.command = queue(host, linked=True)
        self.end = 0

    def append(self, offset: int, data: bytes) -> int:
        """Store a piece; returns up to where it is stored then."""

        def store(tx: Any) -> int:
            end = execution.append(tx, self.command.seq, "stdout", Piece(offset, data), self.end, self.limits)
            execution.stored(tx, self.command.seq, {"stdout": end, "stderr": 0}, self.limits)
            return end

        self.end = write(store)
        return self.end

    def whole(self, start: int = 0) -> list[Piece]:
        """All that is stored."""
        return write(lambda tx: list(execution.whole(tx.connection, self.command.seq, "stdout", start)))


def test_bytes_stay_bytes_however_they_are_cut(host: str) -> None:
    stream, said = Stream(host), random.Random(7).randbytes(200_000)
    offset = 0
    for size in [1, 3, 0, 16_000, 65_536, 500, 70_000, 200_000]:
        stream.append(offset, said[offset : offset + size])
        offset = min(len(said), offset + size)

    assert b"".join(piece.data for piece in stream.whole()) == said
    assert b"".join(piece.data for piece in stream.whole(12_345)) == said[12_345:]


@given(cuts=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), max_size=12))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_repeated_and_overlapping_pieces_change_nothing(host: str, cuts: list[tuple[int, int]]) -> None:
    stream, said = Stream(host), bytes(range(100))
    for back, size in cuts:
        offset = max(0, stream.end - back)
        stream.append(offset, said[offset : offset + size])

    assert b"".join(piece.data for piece in stream.whole()) == said[: stream.end]


def test_small_pieces_are_joined_to_few_rows(host: str) -> None:
    stream = Stream(host)
    for number in range(300):
        stream.append(stream.end, f"line {number}\n".encode())

    assert len(stream.whole()) == 1


def test_of_a_flood_the_first_and_the_last_are_kept(host: str) -> None:
    limits = Limits(head=TRIM, tail=TRIM)
    stream, chunk = Stream(host, limits), 1 << 16
    for number in range(40):
        stream.append(stream.end, bytes([number]) * chunk)

    kept = stream.whole()
    total = 40 * chunk
    assert kept[0].offset == 0
    assert sum(len(piece.data) for piece in kept if piece.offset < limits.head) >= limits.head
    assert kept[-1].offset + len(kept[-1].data) == total
    assert sum(len(piece.data) for piece in kept) <= limits.head + limits.tail + 2 * TRIM
    assert all(set(piece.data) == {piece.offset // chunk} for piece in kept)


def test_a_gap_is_said_with_its_length(host: str) -> None:
    stream = Stream(host)
    stream.append(0, b"begin")
    stream.append(1005, b"end")

    assert execution.text(stream.whole()) == "begin\n[… 1000 bytes left out …]\nend"


def test_the_oldest_output_goes_first_and_the_command_says_how_much_there_was(host: str) -> None:
    streams = [Stream(host) for _ in range(3)]
    for stream in streams:
        stream.append(0, b"x" * 1000)
        write(lambda tx, s=stream: execution.end(tx, execution.find(tx.connection, host, s.command.id), ENDED))
    while write(lambda tx: retention.outputs(tx, timedelta(days=90), 2500)):
        pass

    assert [len(stream.whole()) for stream in streams] == [0, 1, 1]
    assert row_of(host, streams[0].command).stdout_bytes == 1000


def test_the_last_of_a_stream_is_read_without_the_rest(host: str) -> None:
    stream = Stream(host)
    stream.append(0, b"a" * 100_000)
    stream.append(100_000, b"end")

    assert (
        write(lambda tx: execution.tail(tx.connection, stream.command.seq, "stdout", stream.end, 10))
        == b"a" * 7 + b"end"
    )
