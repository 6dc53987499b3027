"""What the shell's tests can ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.serving import Served
from tests.support.shell import Program


@pytest.fixture
def fleet(server: Served, tmp_path: Path) -> Program:
    """The program, speaking to the module's server."""
    return Program(tmp_path, server.url, server.token)
