"""Things that most tests of the API begin with."""

from __future__ import annotations

import httpx
import pytest

from tests.web.making import JSON, make_agent


@pytest.fixture
def agent(api: httpx.Client) -> JSON:
    """An agent of this test's own."""
    return make_agent(api)
