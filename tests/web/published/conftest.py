"""A Fleet without --dev, a host in it, and whoever calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import pytest

from tests.support.daemons import Daemon, Host, enrol, linked
from tests.support.serving import Served, served
from tests.support.tokens import client, make_tokens

ORIGIN = "https://ci.example"
FORM = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class House:
    """A Fleet, and a client for each role."""

    server: Served
    viewer: httpx.Client
    operator: httpx.Client
    admin: httpx.Client
    nobody: httpx.Client

    def by(self, role: str) -> httpx.Client:
        """The client of that role."""
        found: httpx.Client = getattr(self, role)
        return found

    def host_client(self, host: Host) -> httpx.Client:
        """A client with the host's own key."""
        return httpx.Client(base_url=self.server.url, headers={"X-Agent-Key": host.key}, timeout=70)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    environment = {"FLEET_ALLOWED_ORIGINS": ORIGIN, "FLEET_STREAMS_PER_TOKEN": "40"}
    with (
        served(tmp_path_factory.mktemp("house"), "-l", "info", environment=environment) as server,
        ExitStack() as stack,
    ):
        made = make_tokens(server, [("viewer",), ("operator",), ("admin",)])
        clients = [stack.enter_context(client(server, token.secret, **FORM)) for token in made]
        yield House(server, *clients, stack.enter_context(client(server, None, **FORM)))


@pytest.fixture
def host(house: House) -> Host:
    return enrol(house.admin)


@pytest.fixture
def daemon(house: House, host: Host) -> Iterator[Daemon]:
    with linked(house.server.url, host) as connected:
        yield connected
