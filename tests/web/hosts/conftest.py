"""A host, and its daemon's end of the link."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.support.daemons import Daemon, Host, enrol, linked
from tests.support.serving import Served


@pytest.fixture
def host(api: httpx.Client) -> Host:
    return enrol(api, tags=["web"])


@pytest.fixture
def daemon(server: Served, host: Host) -> Iterator[Daemon]:
    with linked(server.url, host) as connected:
        yield connected
