"""Looking whether every entry is what it was: the chain from its floor to its head, then what others wrote down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from fleet.models.audit.anchor import Broken, require_in_chain
from fleet.models.audit.chain import Ends, Link, digest, ends, entry_of
from fleet.models.audit.record import AUDIT, DONE, FLEET, HEAD
from fleet.models.audit.retention import PRUNED

# So many entries between two looks at what else there is to do: two milliseconds or so.
CHUNK = 200
Connect = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: entries that are good so far, of how many, up to which place."""

    checked: int
    total: int
    at: Link


def verify(connect: Connect, named: Sequence[tuple[str, Link]] = ()) -> Iterator[Progress]:
    """Walk the chain; yields after every chunk, the last time with the head.

    `named` are heads that were written down elsewhere, each with what it is to
    people. Raises Broken at the first entry that is missing or not what it was.
    No connection is held over a yield.
    """
    with connect() as connection:
        chain_ends = ends(connection)
        require_vouched(connection, chain_ends.floor)
    at, checked = chain_ends.floor, 0
    total = chain_ends.head.seq - chain_ends.floor.seq
    while at.seq < chain_ends.head.seq:
        with connect() as connection:
            rows = chunk(connection, at, chain_ends.head.seq)
            now = ends(connection)
        if now.floor.seq > at.seq:
            # Meanwhile the oldest were pruned, entries not yet looked at among them.
            at = now.floor
            continue
        at = follow(at, rows, chain_ends.head)
        checked += len(rows)
        yield Progress(checked, total, at)
    with connect() as connection:
        require_ends(connection, chain_ends)
        for called, link in named:
            require_in_chain(connection, link, ends(connection), called)
    yield Progress(checked, total, chain_ends.head)


def chunk(connection: Connection, at: Link, last: int) -> list[Row[Any]]:
    """The next entries; one by one where a value cannot even be read."""
    query: Select[Any] = select(AUDIT).where(AUDIT.c.seq > at.seq, AUDIT.c.seq <= last).order_by(AUDIT.c.seq)
    try:
        return list(connection.execute(query.limit(CHUNK)))
    except (ValueError, TypeError):
        pass
    try:
        return list(connection.execute(query.limit(1)))
    except (ValueError, TypeError) as error:
        raise Broken(f"Entry {at.seq + 1} cannot be read.") from error


def follow(at: Link, rows: Sequence[Row[Any]], head: Link) -> Link:
    """Go along the chain. Raises Broken where it does not hold."""
    if not rows:
        raise Broken(f"Entries {at.seq + 1} to {head.seq} are missing at the end.")
    for row in rows:
        if row.seq != at.seq + 1:
            raise Broken(f"Entry {at.seq + 1} is missing.")
        expected = digest(at.digest, entry_of(row))
        if row.digest != expected:
            raise Broken(f"Entry {row.seq} is not what it was when it was written, or not in its place.")
        at = Link(row.seq, expected)
    return at


def require_ends(connection: Connection, chain_ends: Ends) -> None:
    """Raise Broken unless the chain ended where its head said, and nothing stands behind the head."""
    last = connection.execute(select(AUDIT.c.digest).where(AUDIT.c.seq == chain_ends.head.seq)).scalar()
    pruned = ends(connection).floor.seq >= chain_ends.head.seq
    if chain_ends.head.seq > chain_ends.floor.seq and last != chain_ends.head.digest and not pruned:
        raise Broken(f"The chain's head is not entry {chain_ends.head.seq}: their digests differ.")
    newest = select(func.max(AUDIT.c.seq)).scalar_subquery()
    seq, head = connection.execute(select(newest, HEAD.c.seq)).one()
    if seq is not None and seq > head:
        raise Broken(f"Entry {head + 1} was added behind the chain's head.")


def require_vouched(connection: Connection, floor: Link) -> None:
    """Raise Broken unless the last pruning, an entry itself, names this floor."""
    pruned = select(AUDIT.c.subject_id).where(
        AUDIT.c.action == PRUNED,
        AUDIT.c.actor_kind == FLEET,
        AUDIT.c.result == DONE,
        AUDIT.c.subject_id == str(floor.seq),
    )
    if floor.seq and connection.execute(pruned.limit(1)).scalar() is None:
        raise Broken(f"Entries up to {floor.seq} are missing, and no pruning tells of it.")
