"""What is due, and who takes it.

A message is one or more deliveries to one channel that go out together. Taking
one moves its next turn beyond the longest send, in the database: whoever dies
with it in hand leaves it to the next one, under the same message id.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, true, update

from fleet.db import Transaction
from fleet.models.ids import new_id
from fleet.models.notice.recipients import announce
from fleet.models.notice.record import CHANNELS, DELIVERIES, NOTICES
from fleet.models.person.record import PEOPLE

# Longer than a send takes, name lookups included.
IN_HAND = timedelta(seconds=60)
# Between two tries of one delivery, whatever was asked for.
LONGEST_PAUSE = timedelta(hours=2)
# More than so many at once go out as one message; and so many messages a minute, no more.
APART_MOST, MINUTE_MOST = 3, 6
TOGETHER_MOST = 200
# A browser without an open page gets nothing after that: what it would show would be old.
FETCHED_WITHIN = timedelta(hours=1)
# Channels of one person that are being served at one time.
HANDS_MOST = 3
Hand = tuple[str, str]  # a channel and its person

_d = DELIVERIES.c
DUE = (
    select(
        _d.seq,
        _d.message_id,
        _d.attempts,
        _d.channel_id,
        _d.person_id,
        CHANNELS.c.kind,
        CHANNELS.c.enabled,
        PEOPLE.c.disabled_at,
        NOTICES.c.resolved_at,
        NOTICES.c.kind.label("about"),
    )
    .outerjoin_from(DELIVERIES, CHANNELS, CHANNELS.c.id == _d.channel_id)
    .outerjoin(PEOPLE, PEOPLE.c.id == _d.person_id)
    .outerjoin(NOTICES, NOTICES.c.id == _d.notice_id)
)


@dataclass(frozen=True, slots=True)
class Message:
    """What to send where: the channel, its person, the notices."""

    id: str
    attempt: int
    channel: Row[Any]
    person: Row[Any]
    notices: Sequence[Row[Any]]


def next_due(connection: Connection) -> datetime | None:
    """When the next delivery is due that somebody has to look after."""
    browser = CHANNELS.c.kind == "browser"
    waiting = (
        select(func.min(_d.next_at))
        .outerjoin_from(DELIVERIES, CHANNELS, CHANNELS.c.id == _d.channel_id)
        .where(_d.state == "waiting")
    )
    held = connection.execute(select(func.min(_d.next_at)).where(_d.state == "held")).scalar()
    sendable = connection.execute(waiting.where(browser.is_not(true()))).scalar()
    unfetched = connection.execute(waiting.where(browser)).scalar()
    moments = (held, sendable, unfetched and unfetched + FETCHED_WITHIN)
    return min((moment for moment in moments if moment is not None), default=None)


def set_right(tx: Transaction) -> int:
    """Let nothing that is to be sent wait longer than the longest pause: the clock was set back between two starts.

    What is held over quiet hours waits for a time of day, and goes on waiting for it. Returns how many were moved.
    """
    untried = (_d.attempts == 0) & (_d.next_at > tx.now)
    ahead = (_d.state == "waiting", untried | (_d.next_at > tx.now + LONGEST_PAUSE))
    return tx.execute(update(DELIVERIES).where(*ahead).values(next_at=tx.now)).rowcount


def take(tx: Transaction, in_hand: Collection[Hand], most: int) -> list[Message]:
    """Take at most `most` messages that are due, one for each channel.

    A channel that is `in_hand` waits, and so does a person with HANDS_MOST of
    them: one who hangs keeps nobody else waiting. What has become pointless
    meanwhile is skipped, and says why.
    """
    taken: list[Message] = []
    hands = list(in_hand)
    for channel_id, person_id in due_channels(tx):
        theirs = [hand for hand in hands if hand[1] == person_id]
        if len(taken) == most:
            break
        if (channel_id, person_id) in hands or len(theirs) >= HANDS_MOST or too_many(tx, channel_id):
            continue
        mine = (_d.channel_id == channel_id, _d.state == "waiting", _d.next_at <= tx.now)
        rows = tx.execute(DUE.where(*mine).order_by(_d.next_at, _d.seq).limit(TOGETHER_MOST)).all()
        due = skip_pointless(tx, rows)
        if due:
            hands.append((channel_id, person_id))
            taken.append(take_one(tx, channel_id, person_id, gathered(tx, due)))
    return taken


def due_channels(tx: Transaction) -> list[Hand]:
    """The channels for which something is due, whoever waits longest first; browsers fetch for themselves."""
    soonest = func.min(_d.next_at)
    rows = tx.execute(
        select(_d.channel_id, _d.person_id)
        .outerjoin(CHANNELS, CHANNELS.c.id == _d.channel_id)
        .where(_d.state == "waiting", _d.next_at <= tx.now, CHANNELS.c.kind.is_distinct_from("browser"))
        .group_by(_d.channel_id, _d.person_id)
        .order_by(soonest)
    )
    return [(row.channel_id, row.person_id) for row in rows]


def skip_pointless(tx: Transaction, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Drop deliveries whose cause is gone, or whose channel or person is none any more; the others."""
    alive = []
    for row in rows:
        reason = pointless(row)
        if reason is None:
            alive.append(row)
        else:
            settle(tx, _d.seq == row.seq, state="skipped", error=reason)
    if len(alive) < len(rows):
        announce(tx)
    return alive


def pointless(row: Row[Any]) -> str | None:
    """Why a delivery is not to be sent any more, or None."""
    if row.resolved_at is not None:
        return "It was over before it could be sent."
    if not row.enabled or row.disabled_at is not None:
        return "The channel is switched off."
    return None


def too_many(tx: Transaction, channel_id: str) -> bool:
    """Whether a channel had its share of messages in the last minute; the rest waits and goes together."""
    last_minute = _d.ended_at.between(tx.now - timedelta(minutes=1), tx.now)  # none of a clock that was ahead
    lately = (_d.channel_id == channel_id, last_minute, _d.attempts > 0)
    count = select(func.count(_d.message_id.distinct())).where(*lately)
    return bool(tx.execute(count).scalar_one() >= MINUTE_MOST)


def gathered(tx: Transaction, due: Sequence[Row[Any]]) -> str:
    """The first of a channel's due messages; many that were never tried become one before."""
    fresh = [row for row in due if row.attempts == 0]
    if due[0].attempts or len({row.message_id for row in fresh}) <= APART_MOST:
        return str(due[0].message_id)
    return join(tx, fresh)


def join(tx: Transaction, rows: Sequence[Row[Any]]) -> str:
    """Make one message of deliveries; returns its id."""
    message_id = new_id("msg")
    some = _d.seq.in_([row.seq for row in rows])
    tx.execute(update(DELIVERIES).where(some).values(message_id=message_id))
    return message_id


def take_one(tx: Transaction, channel_id: str, person_id: str, message_id: str) -> Message:
    """Take one message in hand."""
    mine = (_d.message_id == message_id, _d.state == "waiting")
    in_hand = {"attempts": _d.attempts + 1, "next_at": tx.now + IN_HAND}
    attempts = tx.execute(update(DELIVERIES).where(*mine).values(in_hand).returning(_d.attempts)).all()
    notices = tx.execute(
        select(NOTICES).join(DELIVERIES, _d.notice_id == NOTICES.c.id).where(*mine).order_by(_d.seq)
    ).all()
    channel = tx.execute(select(CHANNELS).where(CHANNELS.c.id == channel_id)).one()
    person = tx.execute(select(PEOPLE).where(PEOPLE.c.id == person_id)).one()
    return Message(message_id, attempts[0].attempts, channel, person, notices)


def hand_back(tx: Transaction) -> None:
    """Let everything be tried now that was in hand, or paused, when the only process there is was killed."""
    tried = (_d.state == "waiting", _d.attempts > 0)
    tx.execute(update(DELIVERIES).where(*tried).values(next_at=tx.now))


def settle(tx: Transaction, which: ColumnElement[bool], **values: Any) -> None:
    """End deliveries."""
    tx.execute(update(DELIVERIES).where(which).values(**values, ended_at=tx.now, next_at=None))
