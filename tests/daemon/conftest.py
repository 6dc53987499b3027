"""Hosts and servers that end with their test."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon_parts import Host
from tests.support.link_server import Behaviour, LinkServer

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def serve() -> Iterator[Callable[..., LinkServer]]:
    servers: list[LinkServer] = []

    def make(*behaviours: Behaviour, **options: Any) -> LinkServer:
        servers.append(LinkServer(*behaviours, **options))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Callable[..., Host]]:
    hosts: list[Host] = []

    def make(url: str, **said: Any) -> Host:
        hosts.append(Host(tmp_path, url, **said))
        return hosts[-1]

    yield make
    for each in hosts:
        each.close()


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """What the daemon has logged so far."""
    caplog.set_level(logging.INFO, logger="fleet.daemon")
    logging.getLogger("fleet.daemon").propagate = True
    return lambda: "\n".join(record.getMessage() for record in caplog.records)
