"""What those are called now whom entries name by their ids only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, case, literal, select

from fleet.db import db
from fleet.models.audit.subject_names import NAMES, ONE_AGENT
from fleet.models.stop.record import STOPS

# A stop is called by its kind, `words.STOPS` makes "paused the fleet" of it; one agent's by that agent's name.
STOP = case((STOPS.c.agent_id.is_(None), STOPS.c.kind), else_=literal(ONE_AGENT) + STOPS.c.agent_name)
COLUMNS = (*((column.table.c.id, column) for column in NAMES.values()), (STOPS.c.id, STOP))


def names(rows: Iterable[Row[Any]]) -> dict[str, str]:
    """Whose the tokens are, and what was acted on, by id; those that are gone have no name here."""
    wanted = {row.person_id for row in rows} | {row.subject_id for row in rows if not row.subject_name}
    found: dict[str, str] = {}
    with db.engine.connect() as connection:
        for ids, name in COLUMNS:
            found |= {row[0]: row[1] for row in connection.execute(select(ids, name).where(ids.in_(wanted)))}
    return found
