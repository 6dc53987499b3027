"""Using secrets up, and ending them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select, update

from fleet.db import Transaction
from fleet.models.token.edition import changed
from fleet.models.token.lookup import unknown, usable
from fleet.models.token.record import ENROLMENT_LIVES, INVITATION_LIVES, SESSION_LIVES, TICKET_LIVES, TOKENS

OPEN = TOKENS.c.revoked_at.is_(None)
# What lives for a while only, anybody who it is made for, and how long at most.
LIVES = {
    "link": INVITATION_LIVES,
    "session": SESSION_LIVES,
    "ticket": TICKET_LIVES,
    "enrolment": ENROLMENT_LIVES,
}


def use(tx: Transaction, token_id: str, address: str | None = None) -> None:
    """Remember when, and from where, a secret was used."""
    seen = {"last_used_at": tx.now, "first_used_at": func.coalesce(TOKENS.c.first_used_at, tx.now)}
    if address is not None:
        seen["address"] = address
    tx.execute(update(TOKENS).where(TOKENS.c.id == token_id).values(seen))


def spend(tx: Transaction, kind: str, secret: str) -> Row[Any] | None:
    """Use up a secret that works once, a `link` or an `enrolment`: its row, or None when it is no good."""
    row = usable(tx.connection, secret, kind, tx.now)
    if row is not None:
        end(tx, TOKENS.c.id == row.id, last_used_at=tx.now)
    return row


def revoke(tx: Transaction, token_id: str, *where: Any) -> None:
    """End a secret and everything that was made with it. Raises NotFound when none that is `where` is open."""
    if end(tx, TOKENS.c.id == token_id, *where) == 0:
        raise unknown()
    end_made_with(tx, token_id)


def end_made_with(tx: Transaction, token_id: str) -> None:
    """End what was made with a secret, and what was made with that, to the last."""
    descendants = select(TOKENS.c.id).where(TOKENS.c.parent_id == token_id).cte("made", recursive=True)
    descendants = descendants.union(select(TOKENS.c.id).join(descendants, TOKENS.c.parent_id == descendants.c.id))
    end(tx, TOKENS.c.id.in_(select(descendants.c.id)))


def end_session(tx: Transaction, token_id: str) -> None:
    """Sign a session out; a second time changes nothing."""
    end(tx, TOKENS.c.id == token_id)


def end_sessions(tx: Transaction, person_id: str, besides: str | None = None) -> int:
    """Sign a person out everywhere, `besides` one session; open links end too. Returns how many ended."""
    others = () if besides is None else (TOKENS.c.id != besides,)
    return end_theirs(tx, person_id, TOKENS.c.kind.in_(("session", "link")), *others)


def end_theirs(tx: Transaction, person_id: str, *where: Any) -> int:
    """End every secret of a person, or those that are `where`; returns how many ended."""
    return end(tx, TOKENS.c.person_id == person_id, *where)


def end_keys(tx: Transaction, agent_id: str) -> None:
    """Revoke a deleted agent's keys: a later agent under its id inherits nothing (security.md 5)."""
    end(tx, TOKENS.c.agent_id == agent_id)


def end(tx: Transaction, *where: Any, **more: Any) -> int:
    """End the open secrets that are `where`, with `more` columns; returns how many there were."""
    ended = tx.execute(update(TOKENS).where(OPEN, *where).values(revoked_at=tx.now, **more)).rowcount
    if ended:
        changed(tx)
    return ended


def set_right(tx: Transaction) -> int:
    """Let nothing that is good for a while be good for longer from now on: the clock was set back between two starts.

    What a program or a person was given until a certain day is left alone. Returns how many rows were set right.
    """
    moved = 0
    for kind, lives in LIVES.items():
        ahead = (TOKENS.c.kind == kind, OPEN, TOKENS.c.expires_at > tx.now + lives)
        moved += tx.execute(update(TOKENS).where(*ahead).values(expires_at=tx.now + lives)).rowcount
    unused = (TOKENS.c.kind == "ticket", TOKENS.c.first_used_at.is_(None), TOKENS.c.created_at > tx.now)
    moved += tx.execute(update(TOKENS).where(OPEN, *unused).values(created_at=tx.now)).rowcount
    if moved:
        changed(tx)
    return moved


def sweep(tx: Transaction, keep: timedelta = timedelta(days=1), limit: int = 500) -> int:
    """Forget what was for a while only and ended more than `keep` ago, at most `limit`; returns how many."""
    over = or_(TOKENS.c.expires_at < tx.now - keep, TOKENS.c.revoked_at < tx.now - keep)
    some = select(TOKENS.c.id).where(TOKENS.c.kind != "token", over).limit(limit)
    return tx.execute(TOKENS.delete().where(TOKENS.c.id.in_(some))).rowcount
