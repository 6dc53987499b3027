"""Both streams of a command in the order of their coming, from wherever each was read to."""

from __future__ import annotations

import pytest

from fleet.db import write
from fleet.models import execution
from fleet.models.execution import Limits, Piece, output
from tests.support.application import connected
from tests.support.hosts import begin, make_host, order

LIMITS = Limits()


class Printing:
    """A command that prints."""

    def __init__(self) -> None:
        self.ends = {"stdout": 0, "stderr": 0}
        host_id = write(lambda tx: make_host(tx, "web-01"))
        command_id = write(lambda tx: order(tx, host_id))
        write(lambda tx: begin(tx, host_id, command_id))
        with connected() as connection:
            self.seq = execution.find(connection, host_id, command_id).seq

    def print(self, data: bytes, stream: str = "stdout", skip: int = 0) -> None:
        """Print bytes; `skip` of them are missing before."""
        piece = Piece(self.ends[stream] + skip, data)
        before = self.ends[stream]
        self.ends[stream] = write(lambda tx: execution.append(tx, self.seq, stream, piece, before, LIMITS))

    def read(self, stdout: int = 0, stderr: int = 0, **most: int) -> list[tuple[str, Piece]]:
        """What is there from these places on."""
        with connected() as connection:
            return execution.merged(connection, self.seq, {"stdout": stdout, "stderr": stderr}, **most)


@pytest.fixture
def printing() -> Printing:
    return Printing()


def test_lines_of_both_streams_stay_in_their_order(printing: Printing) -> None:
    printing.print(b"one\n")
    printing.print(b"two\n")
    printing.print(b"oh\n", "stderr")
    printing.print(b"three\n")
    printing.print(b"no\n", "stderr")

    assert printing.read() == [
        ("stdout", Piece(0, b"one\ntwo\n")),
        ("stderr", Piece(0, b"oh\n")),
        ("stdout", Piece(8, b"three\n")),
        ("stderr", Piece(3, b"no\n")),
    ]


def test_who_has_read_up_to_somewhere_gets_what_comes_after(printing: Printing) -> None:
    printing.print(b"one\n")
    printing.print(b"oh\n", "stderr")
    printing.print(b"two\n")

    assert printing.read(2, 1) == [
        ("stdout", Piece(2, b"e\n")),
        ("stderr", Piece(1, b"h\n")),
        ("stdout", Piece(4, b"two\n")),
    ]
    assert printing.read(8, 3) == []
    printing.print(b"three\n")  # in the same row
    assert printing.read(8, 3) == [("stdout", Piece(8, b"three\n"))]


def test_a_gap_shows_by_its_offsets(printing: Printing) -> None:
    printing.print(b"one\n")
    printing.print(b"last\n", skip=1000)

    assert printing.read() == [("stdout", Piece(0, b"one\n")), ("stdout", Piece(1004, b"last\n"))]


def test_an_answer_has_an_end_and_the_next_goes_on_there(printing: Printing) -> None:
    whole = b""
    for number in range(40):
        line = b"%06d\n" % number * 1000
        printing.print(line)
        printing.print(b".", "stderr")
        whole += line

    at, found = {"stdout": 0, "stderr": 0}, b""
    while pieces := printing.read(**at, most=20_000):
        assert sum(len(piece.data) for _, piece in pieces) < 20_000 + (1 << 16)
        for stream, piece in pieces:
            assert piece.offset == at[stream]
            at[stream] += len(piece.data)
            found += piece.data if stream == "stdout" else b""
    assert found == whole
    assert at["stderr"] == 40
    assert len(printing.read(rows=3)) == 3


def test_beyond_a_certain_length_pieces_are_joined_however_they_come(
    printing: Printing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "ORDERED", 8)
    for number in range(6):
        printing.print(b"%d" % number * 4)
        printing.print(b"!", "stderr")

    stdout = [piece.data for stream, piece in printing.read() if stream == "stdout"]
    assert stdout == [b"0000", b"11112222333344445555"]
