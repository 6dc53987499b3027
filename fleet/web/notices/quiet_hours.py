"""One's own quiet hours: what happens in them is told at their end, if it still stands."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, TypedDict

from flask import Blueprint, Response
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import Row

from fleet.db import db
from fleet.errors import Invalid
from fleet.models.notice import quiet_hours as quiet
from fleet.web.http.bodies import Body, read
from fleet.web.http.description import describes
from fleet.web.http.respond import respond
from fleet.web.http.writes import write, write_and_respond
from fleet.web.notices import pages
from fleet.web.pages.forms import form_page
from fleet.web.security.person import oneself

quiet_hours = Blueprint("quiet_hours", __name__)

CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
Word = Annotated[str, Meta(max_length=100)]


class QuietHoursPut(Body):
    """From when to when, every day, in which time zone; whether questions are told all the same."""

    required: ClassVar = {
        "start": ("MISSING_START", "When do they begin?"),
        "end": ("MISSING_END", "When do they end?"),
        "zone": ("MISSING_ZONE", "In which time zone?"),
    }

    start: Word | UnsetType = UNSET
    end: Word | UnsetType = UNSET
    zone: Word | UnsetType = UNSET
    questions_pass: bool = False


class Hours(TypedDict):
    """From when to when, every day, in which zone; whether questions are told all the same."""

    start: Annotated[str, Meta(examples=["22:00"])]
    end: Annotated[str, Meta(examples=["07:00"])]
    zone: Annotated[str, Meta(examples=["Europe/Berlin"])]
    questions_pass: bool


class QuietHours(TypedDict):
    """One's quiet hours, or null."""

    quiet_hours: Hours | None


@quiet_hours.get("/quiet-hours")
@describes(QuietHours, codes=("NOT_A_PERSON",))
def show() -> Response:
    """The quiet hours, or null."""
    person_id = oneself().id
    with db.engine.connect() as connection:
        row = quiet.of(connection, person_id)
    return respond(json=lambda: {"quiet_hours": shape(row) if row else None}, goto="/account/notices")


@quiet_hours.put("/quiet-hours")
@form_page(pages.failed_form("quiet"))
@describes(QuietHours, body=QuietHoursPut, codes=("NOT_A_PERSON",))
def edit() -> Response:
    """Set them."""
    person_id = oneself().id
    body = read(QuietHoursPut)
    start, end, zone = str(body.start), str(body.end), str(body.zone).strip()
    for name, moment in (("start", start), ("end", end)):
        if not CLOCK.fullmatch(moment):
            raise Invalid(f"INVALID_{name.upper()}", "A time of day such as 22:00.", field=name)
    if start == end:
        raise Invalid("INVALID_END", "They end at another time than they begin.", field="end")
    if zone not in quiet.zones() and zone != zone_before(person_id):
        raise Invalid(
            "INVALID_ZONE", f"There is no time zone “{zone}”; one is Europe/Berlin, another UTC.", field="zone"
        )
    return write_and_respond(
        lambda tx: quiet.keep(tx, person_id, start, end, zone, questions_pass=body.questions_pass),
        json=lambda row: {"quiet_hours": shape(row)},
        goto="/account/notices?saved=quiet",
    )


@quiet_hours.delete("/quiet-hours")
@describes(codes=("NOT_A_PERSON",))
def delete() -> Response:
    """Have none any more."""
    person_id = oneself().id
    write(lambda tx: quiet.end(tx, person_id))
    return respond(goto="/account/notices?saved=quiet")


def zone_before(person_id: str) -> str | None:
    """The zone that somebody's quiet hours are in already: it stays good, whatever is refused today."""
    with db.engine.connect() as connection:
        row = quiet.of(connection, person_id)
    return row.zone if row else None


def shape(row: Row[Any]) -> dict[str, Any]:
    """Quiet hours."""
    return {"start": row.start, "end": row.end, "zone": row.zone, "questions_pass": row.questions_pass}
