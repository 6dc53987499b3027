"""What every test can ask for. The pytest process stays unpatched: servers run beside it."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import httpx
import pytest

from tests.support.serving import Served, served


def pytest_configure() -> None:
    """Take Ctrl-C in programs that tests start, though the tests themselves were started in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--headed`, for whoever wants to watch a browser test; only the outermost conftest may add options."""
    parser.addoption("--headed", action="store_true", help="show the browser's window, and act slowly in it")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Fleet of this module's own, served with --dev from an empty database."""
    with served(tmp_path_factory.mktemp("fleet")) as running:
        yield running


@pytest.fixture
def api(server: Served) -> Iterator[httpx.Client]:
    """A client of the module's server with document 1's token."""
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}, timeout=70) as client:
        yield client
