"""What the shell's tests can ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.daemon_host import RealHost, real_host
from tests.support.serving import Served
from tests.support.shell import Program


@pytest.fixture
def fleet(server: Served, tmp_path: Path) -> Program:
    """The program, speaking to the module's server."""
    return Program(tmp_path, server.url, server.token)


@pytest.fixture(scope="module")
def host(server: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHost]:
    """A host of the module's server, with its real daemon."""
    with (
        httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}) as api,
        real_host(api, tmp_path_factory.mktemp("host")) as running,
    ):
        yield running


@pytest.fixture
def viewer(fleet: Program, server: Served) -> Program:
    """The program of somebody who may only look."""
    made = fleet.run("token", "create", "eyes", "--role", "viewer", "-d", str(server.database))
    return Program(fleet.folder, server.url, made.stdout.strip())
