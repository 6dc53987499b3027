"""The loops' own time: noon, until a test lets it pass."""

from __future__ import annotations

import pytest

from fleet import clock as fleet_clock
from tests.support.application import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Noon, until the test lets time pass."""
    made = Clock()
    monkeypatch.setattr(fleet_clock, "now", made.now)
    return made
