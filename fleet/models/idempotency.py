"""Answers kept under an `Idempotency-Key`, so that a repeated write is answered, not repeated (I12)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import LargeBinary, Text, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, Transaction, table
from fleet.errors import Conflict

KEPT = timedelta(hours=24)


class KeptAnswer(Base):
    """The answer to one write, committed together with what it wrote."""

    __tablename__ = "kept_answers"

    credential: Mapped[str] = mapped_column(Text, primary_key=True)
    route: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    request_digest: Mapped[str] = mapped_column(Text)
    status: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(index=True)


ANSWERS = table(KeptAnswer)


def recall(tx: Transaction, credential: str, route: str, key: str, request_digest: str) -> tuple[int, bytes] | None:
    """The kept status and body, or None. Raises Conflict when the key came with another body."""
    row = tx.execute(
        select(ANSWERS).where(ANSWERS.c.credential == credential, ANSWERS.c.route == route, ANSWERS.c.key == key)
    ).one_or_none()
    if row is None:
        return None
    if row.at < tx.now - KEPT:
        tx.execute(
            delete(ANSWERS).where(ANSWERS.c.credential == credential, ANSWERS.c.route == route, ANSWERS.c.key == key)
        )
        return None
    if row.request_digest != request_digest:
        raise Conflict("IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used for another request.")
    return row.status, row.body


def keep(
    tx: Transaction, credential: str, route: str, key: str, request_digest: str, answer: tuple[int, bytes]
) -> None:
    """Keep the answer to a write, in the write's own transaction."""
    tx.execute(
        insert(ANSWERS),
        {
            "credential": credential,
            "route": route,
            "key": key,
            "request_digest": request_digest,
            "status": answer[0],
            "body": answer[1],
            "at": tx.now,
        },
    )


def sweep(tx: Transaction, limit: int = 2000) -> int:
    """Forget answers older than a day, at most `limit`; returns how many."""
    old = select(ANSWERS.c.key, ANSWERS.c.credential, ANSWERS.c.route)
    rows = tx.execute(old.where(ANSWERS.c.at < tx.now - KEPT).limit(limit)).all()
    for row in rows:
        tx.execute(
            delete(ANSWERS).where(
                ANSWERS.c.credential == row.credential,
                ANSWERS.c.route == row.route,
                ANSWERS.c.key == row.key,
            )
        )
    return len(rows)
