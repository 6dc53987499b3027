"""What many daemons have said, written down in one go; what each is told for it afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fleet import protocol
from fleet.db import Transaction
from fleet.links import Link
from fleet.models import execution
from fleet.web.link import greeting
from fleet.web.link.messages import Accepted, Ended, Hello, OfCommand, Refused, Said, Started


class Entry(NamedTuple):
    """One message: whose, what, of how many bytes, and from which address."""

    link: Link
    said: Said
    size: int
    address: str | None


@dataclass(slots=True)
class Answers:
    """What is to be told after the commit."""

    greetings: list[tuple[Link, greeting.Greeting | None]] = field(default_factory=list)
    wanted: dict[tuple[str, str], tuple[Link, dict[str, int]]] = field(default_factory=dict)
    forget: list[tuple[Link, str]] = field(default_factory=list)
    strange: list[tuple[Link, str]] = field(default_factory=list)
    # Commands of which there is more to read now, or whose end has come.
    moved: set[str] = field(default_factory=set)


def write_down(tx: Transaction, entries: Sequence[Entry], limits: execution.Limits) -> Answers:
    """Write what these messages say, those of one command in the order in which they are sent."""
    answers = Answers()
    for entry in entries:
        if isinstance(entry.said, Hello):
            greeted = greeting.greet(tx, entry.link, entry.said, entry.address)
            answers.greetings.append((entry.link, greeted))
    of_commands = [entry for entry in entries if not isinstance(entry.said, Hello)]
    if of_commands:
        Batch(tx, of_commands, limits, answers).write()
    return answers


class Batch:
    """Messages about commands: accepted, begun, printed, ended, in this order, each kind in bulk."""

    def __init__(self, tx: Transaction, entries: Sequence[Entry], limits: execution.Limits, answers: Answers) -> None:
        self._tx = tx
        self._limits = limits
        self._answers = answers
        pairs = {pair_of(entry) for entry in entries}
        self._rows = {(row.agent_id, row.id): row for row in execution.reported(tx, pairs)}
        self._ends: dict[tuple[str, str], dict[str, int]] = {}
        self._entries = [entry for entry in entries if self._is_known(entry)]

    def write(self) -> None:
        """Write everything, in the order of a command's life."""
        execution.accept(self._tx, set(self._pairs(Accepted)))
        execution.start(self._tx, set(self._pairs(Started)))
        for entry in self._entries:
            if isinstance(entry.said, protocol.Chunk):
                self._print(entry, entry.said)
        for pair, ends in self._ends.items():
            execution.stored(self._tx, self._rows[pair].seq, ends, self._limits)
        for entry in self._entries:
            if isinstance(entry.said, Refused | Ended):
                self._end(entry, entry.said)

    def _is_known(self, entry: Entry) -> bool:
        """Whether the command is this host's. One that was deleted is to be forgotten; output of none is no talk."""
        pair = pair_of(entry)
        if pair in self._rows:
            return True
        if isinstance(entry.said, protocol.Chunk):
            self._answers.strange.append((entry.link, "output of a command that this host was never given"))
        elif isinstance(entry.said, Ended):
            self._answers.forget.append((entry.link, pair[1]))
        return False

    def _pairs(self, kind: type[OfCommand]) -> Iterable[tuple[str, str]]:
        return (pair_of(entry) for entry in self._entries if isinstance(entry.said, kind))

    def _print(self, entry: Entry, chunk: protocol.Chunk) -> None:
        pair = pair_of(entry)
        row = self._rows[pair]
        if row.ended_at is not None or chunk.stream == "lines":
            return
        ends = self._ends.setdefault(pair, {"stdout": row.stdout_next, "stderr": row.stderr_next})
        piece = execution.Piece(chunk.offset, chunk.data)
        before = ends[chunk.stream]
        ends[chunk.stream] = execution.append(self._tx, row.seq, chunk.stream, piece, before, self._limits)
        self._answers.wanted[pair] = (entry.link, ends)
        self._answers.moved.add(row.id)

    def _end(self, entry: Entry, said: Refused | Ended) -> None:
        pair = pair_of(entry)
        # As it is now: it may have begun in this very batch.
        [row] = execution.reported(self._tx, {pair})
        execution.end(self._tx, row, end_of(said))
        self._answers.moved.add(row.id)
        if isinstance(said, Ended):
            self._answers.forget.append((entry.link, row.id))
            self._answers.wanted.pop(pair, None)


def pair_of(entry: Entry) -> tuple[str, str]:
    """The host and the command that a message is about."""
    said: Any = entry.said
    return entry.link.agent_id, said.id


def end_of(said: Refused | Ended) -> execution.End:
    """What the model is told of an end."""
    if isinstance(said, Refused):
        return execution.End(state="failed", reason=f"refused by the host: {said.message or said.code}")
    left = [{"pid": one.pid, "name": one.name} for one in said.left]
    return execution.End(
        state=said.state,
        exit_code=said.exit_code,
        signal=said.signal,
        reason=said.reason,
        ms=said.ms,
        ago=said.ago,
        stdout=said.stdout,
        stderr=said.stderr,
        dropped=said.dropped,
        masked=said.masked,
        left=left,
    )
