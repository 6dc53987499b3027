"""Where the server listens, and what it says when it cannot."""

from __future__ import annotations

import socket

import pytest

from fleet.config import Settings
from fleet.server.banner import warnings
from fleet.server.runner import CannotListen, listen


def test_port_0_takes_a_free_one() -> None:
    (opened, *rest) = listen(Settings(port=0, host="127.0.0.1"))
    with opened:
        assert opened.getsockname()[1] > 0
    assert not rest


def test_a_port_that_is_taken_is_an_error_that_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"127\.0\.0\.1 port {port}: Address already in use"):
            listen(Settings(host="127.0.0.1", port=port))


def test_a_host_name_that_nobody_knows_is_an_error_in_words() -> None:
    with pytest.raises(CannotListen, match=r"no-such-host\.invalid"):
        listen(Settings(host="no-such-host.invalid", port=0))


def test_development_mode_is_said_loudly() -> None:
    (warning,) = warnings(Settings(dev=True))
    assert "DEVELOPMENT MODE" in warning


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        (Settings(), False),
        (Settings(host="0.0.0.0"), True),
        (Settings(host="0.0.0.0", public_url="http://fleet.example.com"), True),
        (Settings(host="0.0.0.0", public_url="https://fleet.example.com"), False),
        (Settings(host="0.0.0.0", trusted_proxies=("10.0.0.1",)), False),
    ],
)
def test_listening_beyond_this_machine_without_tls_is_said_loudly(settings: Settings, warned: bool) -> None:
    assert bool(warnings(settings)) is warned
