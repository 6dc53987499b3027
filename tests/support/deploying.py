"""A Fleet that may deploy to this machine's loopback with one private key."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.serving import Served, served


@contextlib.contextmanager
def deploying(folders: pytest.TempPathFactory, private_key: Path) -> Iterator[Served]:
    """Served for a while; its user's home is empty."""
    environment = {
        "FLEET_DEPLOY_TARGETS": "127.0.0.0/8",
        "FLEET_SSH_KEY_DIRS": str(private_key.parent),
        "HOME": str(folders.mktemp("home")),
    }
    with served(folders.mktemp("fleet"), environment=environment) as running:
        yield running
