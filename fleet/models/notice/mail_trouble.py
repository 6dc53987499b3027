"""The mail server takes nothing from this Fleet: its administrators are told once, and what is to be mailed waits.

That stands as an open notice of the kind MAIL, which is no agent's. It ends with the first message that is taken.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, Row, exists, insert, not_, select, update

from fleet.db import Transaction
from fleet.models.ids import new_id
from fleet.models.notice.queue import BEING_SENT, CUT_SHORT, join
from fleet.models.notice.recipients import address
from fleet.models.notice.record import CHANNELS, DELIVERIES, MAIL, NOTICES

log = structlog.get_logger(__name__)

# Between two tries of all the mail there is: who asks more often with a wrong password is locked out by some servers.
AGAIN_AFTER = timedelta(minutes=5)

_d = DELIVERIES.c
BY_MAIL = exists().where(CHANNELS.c.id == _d.channel_id, CHANNELS.c.kind == "email")
OPEN = (NOTICES.c.kind == MAIL, NOTICES.c.resolved_at.is_(None))


def standing(connection: Connection) -> Row[Any] | None:
    """The trouble that there is with the mail server, as a notice, or None."""
    return connection.execute(select(NOTICES).where(*OPEN)).first()


def begin(tx: Transaction, said: str) -> None:
    """Let everything that is to be mailed wait, and tell administrators by their other channels, once."""
    later = tx.now + AGAIN_AFTER
    waiting = (_d.state == "waiting", _d.next_at < later, BY_MAIL, not_(BEING_SENT))
    tx.execute(update(DELIVERIES).where(*waiting).values(next_at=later))
    text = f"{said} Notices by e-mail wait until the settings smtp_url and smtp_from are right."
    if standing(tx.connection) is not None:
        tx.execute(update(NOTICES).where(*OPEN).values(text=text))
        return
    log.warning("mail cannot be sent", reason=said)
    notice = {
        "id": new_id("ntc"),
        "kind": MAIL,
        "agent_id": None,
        "agent_name": "",
        "cause": new_id("try"),
        "title": "Fleet cannot send mail",
        "text": text,
        "path": "/system",
        "at": tx.now,
        "resolved_at": None,
    }
    address(tx, tx.execute(insert(NOTICES).returning(NOTICES), notice).all())


def end(tx: Transaction) -> None:
    """A message was taken, or other settings may be in force: what waits goes out now, one message to each channel."""
    if standing(tx.connection) is None:
        return
    tx.execute(update(NOTICES).where(*OPEN).values(resolved_at=tx.now))
    # Nobody got any of it, so it may go under other ids; but what a restart cut short somebody may have got.
    waiting = (_d.state == "waiting", _d.attempts == 0, _d.error.is_distinct_from(CUT_SHORT), BY_MAIL)
    for row in tx.execute(select(_d.channel_id).where(*waiting).distinct()).all():
        mine = (*waiting, _d.channel_id == row.channel_id)
        join(tx, mine)
        tx.execute(update(DELIVERIES).where(*mine).values(next_at=tx.now))
