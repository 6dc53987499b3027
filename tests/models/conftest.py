"""The models on the real application and a real file, at a time that the test sets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from fleet import clock as fleet_clock
from fleet.db import db
from fleet.models.agent.json_pages import READ_OFF
from fleet.models.shapes import AGENT
from tests.support.application import Clock, application


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Noon, until the test lets time pass."""
    made = Clock()
    monkeypatch.setattr(fleet_clock, "now", made.now)
    return made


# What is shown of an agent is kept by its version: a write that forgets to raise it would show what was before.
UNNOTICED = f"""
    CREATE TRIGGER unnoticed BEFORE UPDATE ON agents
    WHEN NEW.version = OLD.version AND ({" OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in (*AGENT, *READ_OFF) if name != "last_seen_at")})
    BEGIN SELECT RAISE(ABORT, 'an agent changed and kept its version'); END
"""


@pytest.fixture(autouse=True)
def app(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    """The application on an empty database, at noon."""
    assert fleet_clock.now() == clock.moment
    with application(tmp_path) as made:
        with db.engine.begin() as connection:
            connection.exec_driver_sql(UNNOTICED)
        yield made
