"""How long the audit is kept: longest of all, and its pruning is an entry itself."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select, update

from fleet.db import Transaction
from fleet.models.audit.chain import Link, ends
from fleet.models.audit.record import AUDIT, FLEET, HEAD, Entry

CHUNK = 1000
PRUNED = "audit.prune"


def prune(tx: Transaction, keep: timedelta, anchored: Link, chunk: int = CHUNK) -> int:
    """Drop one chunk of entries older than `keep` from the beginning; returns how many.

    Nothing behind `anchored` goes, so that the anchor always names something that is
    there, or the floor. The floor keeps the digest that the first entry builds on.
    """
    floor = ends(tx.connection).floor
    seqs = select(AUDIT.c.seq, AUDIT.c.at, AUDIT.c.digest).where(AUDIT.c.seq > floor.seq, AUDIT.c.seq <= anchored.seq)
    over = tx.now - keep
    gone = []
    for row in tx.execute(seqs.order_by(AUDIT.c.seq).limit(chunk)):
        if row.at >= over:
            break
        gone.append(row)
    if not gone:
        return 0
    last = gone[-1]
    tx.execute(update(HEAD).values(floor=last.seq, floor_digest=last.digest))
    tx.execute(delete(AUDIT).where(AUDIT.c.seq <= last.seq))
    tx.entries.append(
        Entry(action=PRUNED, actor_kind=FLEET, noun="audit", subject_id=str(last.seq), repeated=len(gone))
    )
    return len(gone)
