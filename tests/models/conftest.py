"""The models on the real application and a real file, at a time that the test sets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from fleet import clock as fleet_clock
from tests.application import Clock, application


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Noon, until the test lets time pass."""
    made = Clock()
    monkeypatch.setattr(fleet_clock, "now", made.now)
    return made


@pytest.fixture(autouse=True)
def app(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    """The application on an empty database, at noon."""
    assert fleet_clock.now() == clock.moment
    with application(tmp_path) as made:
        yield made
