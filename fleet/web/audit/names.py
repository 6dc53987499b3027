"""What those are called now whom entries name by their ids only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select

from fleet.db import db
from fleet.models.audit.subject_names import NAMES
from fleet.models.stop.record import STOPS

# A stop is called by its kind: `words.STOPS` makes "paused the fleet" of it.
COLUMNS = (*NAMES.values(), STOPS.c.kind)


def names(rows: Iterable[Row[Any]]) -> dict[str, str]:
    """Whose the tokens are, and what was acted on, by id; those that are gone have no name here."""
    wanted = {row.person_id for row in rows} | {row.subject_id for row in rows if not row.subject_name}
    found: dict[str, str] = {}
    with db.engine.connect() as connection:
        for name in COLUMNS:
            ids = name.table.c.id
            found |= {row[0]: row[1] for row in connection.execute(select(ids, name).where(ids.in_(wanted)))}
    return found
