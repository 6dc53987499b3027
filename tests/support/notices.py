"""People with channels, and what is on its way to them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from fleet.db import write
from fleet.jobs.notices import Notices
from fleet.models import person
from fleet.models.notice import channels, outcomes, queue
from fleet.models.notice import quiet_hours as quiet
from fleet.models.notice.outcomes import Outcome
from fleet.models.notice.queue import Message
from fleet.models.notice.record import CHANNELS, DELIVERIES, NOTICES
from fleet.parts import the
from tests.support.application import rows


def new_person(email: str = "ada@example.com", role: str = "viewer") -> str:
    """Somebody's id."""
    return str(write(lambda tx: person.invite(tx, email, "", role)).id)


def channel(person_id: str, kind: str = "webhook", **values: Any) -> str:
    """A channel's id."""
    given = {"target": "https://example.com/hook"} | values
    return str(write(lambda tx: channels.create(tx, person_id, kind, **given)).id)


def quiet_hours(person_id: str, start: str, end: str, zone: str = "UTC", *, questions_pass: bool = False) -> None:
    """Set somebody's quiet hours."""
    write(lambda tx: quiet.keep(tx, person_id, start, end, zone, questions_pass=questions_pass))


def look() -> None:
    """Let the journal be read, as the loop does."""
    the(Notices).notice()


def titles() -> list[str]:
    """What was noted, oldest first."""
    return [row.title for row in rows(select(NOTICES).order_by(NOTICES.c.at, NOTICES.c.id))]


def deliveries() -> list[Row[Any]]:
    """Every delivery, in order."""
    return rows(select(DELIVERIES).order_by(DELIVERIES.c.seq))


def states() -> list[str]:
    """The states of all deliveries, in order."""
    return [row.state for row in deliveries()]


def the_channel() -> Row[Any]:
    """The only channel there is."""
    [row] = rows(select(CHANNELS))
    return row


def take(most: int = 8) -> list[Message]:
    """Take in hand what is due."""
    return write(lambda tx: queue.take(tx, (), most))


def finish(message: Message, *, ok: bool = True, **more: Any) -> None:
    """Write down what came of it."""
    write(lambda tx: outcomes.finish(tx, message, Outcome(ok=ok, **more)))
