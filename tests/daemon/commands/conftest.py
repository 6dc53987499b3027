"""What a test's commands leave behind ends with the test, also when it fails."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

import pytest

from tests.support.host import SESSION, marked


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    yield
    for pid in marked(f"FLEET_COMMAND_ID={SESSION}-"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
