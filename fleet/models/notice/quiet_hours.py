"""Quiet hours: when a person does not want to be told, in their own time zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from sqlalchemy import Connection, Row, delete, insert, select, update

from fleet.db import Transaction
from fleet.models.notice.record import DELIVERIES, QUIET

STAND_INS = {"Factory", "localtime", "posixrules", "Etc/Unknown"}
AREAS = {
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
}


def until(quiet: Any, now: datetime) -> datetime | None:
    """When the quiet hours end in which `now` falls; None outside of them.

    Both ends are clock times in the person's zone, so a night may be an hour
    longer or shorter where clocks change.
    """
    zone = zone_of(quiet.zone)
    start, end = time.fromisoformat(quiet.start), time.fromisoformat(quiet.end)
    today = now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        last = day if start < end else day + timedelta(days=1)
        begins = datetime.combine(day, start, zone).astimezone(UTC)
        ends = datetime.combine(last, end, zone).astimezone(UTC)
        if begins <= now < ends:
            return ends
    return None


@cache
def zones() -> frozenset[str]:
    """Every name of a real time zone that this machine knows, old ones (`US/Eastern`) too.

    The time zone database also has stand-ins: `Factory` says that none is set,
    `localtime` that it is the machine's, whatever that is.
    """
    return frozenset(available_timezones() | {"UTC"}) - STAND_INS


@cache
def places() -> tuple[str, ...]:
    """The zones to choose from: those of places, which follow the law there, and UTC; in order."""
    return tuple(sorted(zone for zone in zones() if zone == "UTC" or zone.partition("/")[0] in AREAS))


def zone_of(name: str) -> ZoneInfo:
    """A zone that was stored once; UTC when this machine does not know it (any more)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def of(connection: Connection, person_id: str) -> Row[Any] | None:
    """A person's quiet hours, or None."""
    return connection.execute(select(QUIET).where(QUIET.c.person_id == person_id)).one_or_none()


def keep(tx: Transaction, person_id: str, start: str, end: str, zone: str, *, questions_pass: bool) -> Row[Any]:
    """Set a person's quiet hours; what is held is looked at anew."""
    values = {"start": start, "end": end, "zone": zone, "questions_pass": questions_pass}
    mine = QUIET.c.person_id == person_id
    row = tx.execute(update(QUIET).where(mine).values(values).returning(QUIET)).one_or_none()
    if row is None:
        row = tx.execute(insert(QUIET).returning(QUIET), values | {"person_id": person_id}).one()
    look_again(tx, person_id)
    return row


def end(tx: Transaction, person_id: str) -> None:
    """Have no quiet hours any more: what is held goes out."""
    tx.execute(delete(QUIET).where(QUIET.c.person_id == person_id))
    look_again(tx, person_id)


def look_again(tx: Transaction, person_id: str) -> None:
    """Let the sender decide anew about what is held for a person."""
    of_person = (DELIVERIES.c.person_id == person_id, DELIVERIES.c.state == "held")
    tx.execute(update(DELIVERIES).where(*of_person).values(next_at=tx.now))
