"""What is due, and who takes it.

A message is one or more deliveries to one channel that go out together. Taking
one moves its next turn beyond the longest send, in the database: a process that dies
with it in hand leaves it to the next one, under the same message id.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, true, update

from fleet.db import Transaction
from fleet.models.ids import new_id
from fleet.models.notice.endings import skip_pointless
from fleet.models.notice.record import CHANNELS, DELIVERIES, NOTICES
from fleet.models.person.record import PEOPLE

# Longer than a send takes, name lookups included.
IN_HAND = timedelta(seconds=60)
# Between two tries of one delivery, whatever was asked for.
LONGEST_PAUSE = timedelta(hours=2)
# More than so many at once go out as one message; and so many messages a minute, no more.
APART_MOST, MINUTE_MOST = 3, 6
# So many notices of one message are told one by one.
TOLD_MOST = 200
# A browser without an open page gets nothing after that: what it would show would be old.
FETCHED_WITHIN = timedelta(hours=1)
# Channels of one person that are being served at one time.
HANDS_MOST = 3
Hand = tuple[str, str]  # a channel and its person
Which = tuple[ColumnElement[bool], ...]  # deliveries, by conditions that all hold

_d = DELIVERIES.c
# Not tried yet, nor about to be: free to go together with others under another id.
UNTRIED = and_(_d.attempts == 0, _d.error.is_(None))
# Being sent at this moment, or when its process died: the error of the try before is forgotten when it is taken.
BEING_SENT = and_(_d.state == "waiting", _d.attempts > 0, _d.error.is_(None))
CUT_SHORT = "Fleet was stopped while this was being sent."


@dataclass(frozen=True, slots=True)
class Message:
    """What to send where: the channel, its person, the notices in the order in which things happened.

    Of very many notices these are the first ones; `count` is how many there are, about so many `agents`.
    """

    id: str
    attempt: int
    channel: Row[Any]
    person: Row[Any]
    notices: Sequence[Row[Any]]
    count: int
    agents: int


def next_due(connection: Connection) -> datetime | None:
    """When the next delivery is due that somebody has to look after."""
    browser = CHANNELS.c.kind == "browser"
    waiting = (
        select(func.min(_d.next_at))
        .outerjoin_from(DELIVERIES, CHANNELS, CHANNELS.c.id == _d.channel_id)
        .where(_d.state == "waiting")
    )
    held_until = connection.execute(select(func.min(_d.next_at)).where(_d.state == "held")).scalar()
    sendable = connection.execute(waiting.where(browser.is_not(true()))).scalar()
    unfetched = connection.execute(waiting.where(browser)).scalar()
    moments = (held_until, sendable, unfetched and unfetched + FETCHED_WITHIN)
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
        skip_pointless(tx, *mine)
        message_id = next_message(tx, mine)
        if message_id is not None:
            hands.append((channel_id, person_id))
            taken.append(take_one(tx, channel_id, person_id, message_id))
    return taken


def due_channels(tx: Transaction) -> list[Hand]:
    """The channels for which something is due, anybody who waits longest first; browsers fetch for themselves."""
    soonest = func.min(_d.next_at)
    rows = tx.execute(
        select(_d.channel_id, _d.person_id)
        .outerjoin(CHANNELS, CHANNELS.c.id == _d.channel_id)
        .where(_d.state == "waiting", _d.next_at <= tx.now, CHANNELS.c.kind.is_distinct_from("browser"))
        .group_by(_d.channel_id, _d.person_id)
        .order_by(soonest)
    )
    return [(row.channel_id, row.person_id) for row in rows]


def too_many(tx: Transaction, channel_id: str) -> bool:
    """Whether a channel had its share of messages in the last minute; the rest waits and goes together."""
    last_minute = _d.ended_at.between(tx.now - timedelta(minutes=1), tx.now)  # none of a clock that was ahead
    lately = (_d.channel_id == channel_id, last_minute, _d.attempts > 0)
    count = select(func.count(_d.message_id.distinct())).where(*lately)
    return bool(tx.execute(count).scalar_one() >= MINUTE_MOST)


def next_message(tx: Transaction, due: Which) -> str | None:
    """The first of a channel's due messages; many that were never tried become one before."""
    first = tx.execute(select(_d.message_id, UNTRIED.label("untried")).where(*due).order_by(_d.next_at, _d.seq)).first()
    if first is None or not first.untried:
        return first and str(first.message_id)
    untried = (*due, UNTRIED)
    count = tx.execute(select(func.count(_d.message_id.distinct())).where(*untried)).scalar_one()
    return str(first.message_id) if count <= APART_MOST else join(tx, untried)


def join(tx: Transaction, which: Which) -> str:
    """Make one message of deliveries; returns its id."""
    message_id = new_id("msg")
    tx.execute(update(DELIVERIES).where(*which).values(message_id=message_id))
    return message_id


def take_one(tx: Transaction, channel_id: str, person_id: str, message_id: str) -> Message:
    """Take one message in hand."""
    mine = (_d.message_id == message_id, _d.state == "waiting")
    in_hand = {"attempts": _d.attempts + 1, "next_at": tx.now + IN_HAND, "status": None, "error": None}
    tx.execute(update(DELIVERIES).where(*mine).values(in_hand))
    told = select(NOTICES, _d.attempts).join(DELIVERIES, _d.notice_id == NOTICES.c.id).where(*mine)
    notices = tx.execute(told.order_by(NOTICES.c.at, _d.seq).limit(TOLD_MOST)).all()
    how_many = (func.count().label("all"), func.count(NOTICES.c.agent_id.distinct()).label("agents"))
    size = tx.execute(told.with_only_columns(*how_many)).one()
    channel = tx.execute(select(CHANNELS).where(CHANNELS.c.id == channel_id)).one()
    person = tx.execute(select(PEOPLE).where(PEOPLE.c.id == person_id)).one()
    return Message(message_id, notices[0].attempts, channel, person, notices, size.all, size.agents)


def hand_back(tx: Transaction) -> None:
    """Let what was being sent when the only process there is was killed be sent now; that try does not count.

    What waits for its next try goes on waiting: neither its tries nor what its receiver asked for are used up.
    """
    again = {"attempts": _d.attempts - 1, "next_at": tx.now, "error": CUT_SHORT}
    tx.execute(update(DELIVERIES).where(BEING_SENT).values(again))
