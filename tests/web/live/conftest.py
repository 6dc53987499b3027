"""A feed in the tests' own process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from fleet.parts import parts_of
from fleet.web.live.feed import Feed
from tests.support.application import application


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The application on an empty database, its context entered."""
    with application(tmp_path) as made:
        yield made


@pytest.fixture
def feed(app: Flask) -> Feed:
    """The application's feed."""
    return parts_of(app).get(Feed)
