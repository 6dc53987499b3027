"""What the client's tests can ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.scripted_server import Scripted


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """A scripted server of the test's own."""
    server = Scripted()
    yield server
    server.close()
