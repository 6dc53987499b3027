"""What came of trying to send a message: delivered, to be tried again after a pause, or failed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, update

from fleet.db import Transaction
from fleet.models.notice import mail_trouble
from fleet.models.notice.endings import settle
from fleet.models.notice.queue import Message
from fleet.models.notice.recipients import announce
from fleet.models.notice.record import CHANNELS, DELIVERIES, TEST

# Seconds until the next try; after the last one a delivery has failed.
PAUSES = (5, 30, 120, 600, 3600)
# Failed deliveries in a row after which a channel is given up.
GIVE_UP_AFTER = 5

_d = DELIVERIES.c


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try. `final`: another one would be useless; `gone`: so would any other message.

    `ours`: the way out of this server is shut, anybody who the message is for; the try does not count.
    """

    ok: bool
    status: int | None = None
    error: str | None = None
    final: bool = False
    gone: bool = False
    ours: bool = False
    wait: int = 0


def finish(tx: Transaction, message: Message, outcome: Outcome) -> None:
    """Write down what came of a try: sent, to be tried again, or failed."""
    mine = (_d.message_id == message.id) & (_d.state == "waiting")
    channel = CHANNELS.c.id == message.channel.id
    announce(tx)
    if outcome.ok:
        settle(tx, mine, state="sent", status=outcome.status, error=None)
        ok = {"last_ok_at": tx.now, "last_error": None, "failures": 0}
        tx.execute(update(CHANNELS).where(channel).values(ok))
        if message.channel.kind == "email":
            mail_trouble.end(tx)
        return
    result = {"status": outcome.status, "error": outcome.error or "It was not taken."}
    tx.execute(update(CHANNELS).where(channel).values(last_error=result["error"]))
    if message.notices[0].kind == TEST:
        settle(tx, mine, state="failed", **result)  # anybody who tries a channel out sees what is wrong
        return
    if outcome.ours:
        wait_for_us(tx, mine, result)
        return
    if not outcome.final and message.attempt <= len(PAUSES):
        pause = max(PAUSES[message.attempt - 1] * random.uniform(0.8, 1.2), outcome.wait)  # noqa: S311  # spread, no secret
        again = {"next_at": tx.now + timedelta(seconds=pause)} | result
        tx.execute(update(DELIVERIES).where(mine).values(again))
        return
    settle(tx, mine, state="failed", **result)
    failures = CHANNELS.c.failures
    counted = tx.execute(update(CHANNELS).where(channel).values(failures=failures + 1).returning(failures))
    if outcome.gone or (counted.scalar() or 0) >= GIVE_UP_AFTER:
        give_up(tx, message.channel.id)


def wait_for_us(tx: Transaction, mine: ColumnElement[bool], said: dict[str, Any]) -> None:
    """Keep a message until mail goes out again, without counting the try: neither it nor its channel is to blame."""
    again = {"attempts": DELIVERIES.c.attempts - 1, "next_at": tx.now} | said
    tx.execute(update(DELIVERIES).where(mine).values(again))
    mail_trouble.begin(tx, str(said["error"]))


def give_up(tx: Transaction, channel_id: str) -> None:
    """Switch a channel off that leads nowhere; its page tells its person."""
    off = {"enabled": False, "given_up_at": tx.now}
    tx.execute(update(CHANNELS).where(CHANNELS.c.id == channel_id).values(off))
