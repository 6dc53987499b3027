"""Things that most tests of the API begin with."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from werkzeug.routing import Rule

from fleet.app import create_app
from fleet.config import Settings
from tests.support.api import JSON, make_agent
from tests.support.company import Company, company


@pytest.fixture
def agent(api: httpx.Client) -> JSON:
    """An agent of this test's own."""
    return make_agent(api)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A Fleet without --dev, where people work."""
    with company(tmp_path_factory.mktemp("firm")) as made:
        yield made


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> list[Rule]:
    """Every route of the application."""
    database = tmp_path_factory.mktemp("rules") / "unused.db"
    return list(create_app(Settings(database=str(database))).url_map.iter_rules())
