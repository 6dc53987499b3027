"""Writing the journal and reading it: a stream is the changes after its reader's position."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Row,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from fleet.bus import News
from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Record
from fleet.db.transaction import Announcement
from fleet.models.journal.record import CHANGES, JOURNAL

RAISE_HEAD = Prepared(update(JOURNAL).values(head=JOURNAL.c.head + bindparam("by")).returning(JOURNAL.c.head))
INSERT = Prepared(insert(CHANGES).values({column.name: bindparam(column.name) for column in CHANGES.c}))
STATE = select(JOURNAL)
AFTER = Prepared(
    select(CHANGES)
    .where(CHANGES.c.seq > bindparam("seq"))
    .order_by(CHANGES.c.seq)
    .limit(bindparam("most", type_=Integer))
)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the journal: everything up to and including `seq` has been read."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Position | None:
        """The position that `text` names, or None when it names none."""
        epoch, dash, seq = text.rpartition("-")
        if not dash or not epoch or not seq.isascii() or not seq.isdigit() or len(seq) > 18:
            return None
        return cls(epoch, int(seq))


def append(connection: Connection, announcements: list[Announcement], transaction: Transaction) -> list[News]:
    """Write a batch's changes; numbers rise in the order of the announcements.

    The head is raised first: its row lock makes the numbers commit in order
    where several processes write (design.md, "The journal is the spine").
    """
    [raised] = RAISE_HEAD.all(connection, {"by": len(announcements)})
    first = raised.head - len(announcements) + 1
    rows = [
        {
            "seq": seq,
            "kind": a.kind,
            "noun": a.noun,
            "noun_id": a.noun_id,
            "agent_id": a.agent_id,
            "action": a.action,
            "data": a.data,
            "at": transaction.now,
        }
        for seq, a in enumerate(announcements, first)
    ]
    INSERT.many(connection, rows)
    return [News(seq, a.kind, a.noun_id) for seq, a in enumerate(announcements, first)]


def state(connection: Connection) -> Row[Any]:
    """The journal's `epoch`, `head` and `floor`."""
    return connection.execute(STATE).one()


def begin_epoch(connection: Connection) -> str:
    """Give the journal a new epoch: positions of before, a restored database's included, get `reset`."""
    epoch = secrets.token_hex(4)
    connection.execute(update(JOURNAL).values(epoch=epoch))
    return epoch


def after(connection: Connection, seq: int, limit: int = 1000) -> Sequence[Record]:
    """At most `limit` changes after `seq`, in order."""
    return AFTER.all(connection, {"seq": seq, "most": limit})


def prune(tx: Transaction, keep: timedelta, rows: int, chunk: int = 2000) -> int:
    """Drop one chunk of what is older than `keep` or beyond the newest `rows`; returns how many.

    A reader behind the new floor gets a `reset`.
    """
    old = tx.execute(select(func.max(CHANGES.c.seq)).where(CHANGES.c.at < tx.now - keep)).scalar()
    journal = tx.execute(select(JOURNAL)).one()
    new_floor = max(old or 0, journal.head - rows)
    floor = min(new_floor, journal.floor + chunk)
    if floor <= journal.floor:
        return 0
    gone = tx.execute(delete(CHANGES).where(CHANGES.c.seq <= floor)).rowcount
    tx.execute(update(JOURNAL).values(floor=floor))
    return gone
