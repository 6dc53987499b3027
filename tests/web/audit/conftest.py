"""The application on an empty audit, and who asks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.application import Clock, application
from tests.support.serving import DEV_TOKEN


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("fleet.clock.now", made.now)
    return made


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    assert clock
    with application(tmp_path) as made:
        yield made


@pytest.fixture
def asked(app: Flask) -> FlaskClient:
    made = app.test_client()
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {DEV_TOKEN}"
    return made
