"""systemd is told when Fleet serves, and not before."""

from __future__ import annotations

import socket
import urllib.request
from pathlib import Path

import pytest

from fleet.server.systemd import Systemd
from tests.support.serving import Served


def test_ready_is_said_once_requests_are_answered(tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(address))
        listening.settimeout(40)
        server = Served(tmp_path, environment={"NOTIFY_SOCKET": str(address)})
        server.start()
        try:
            assert listening.recv(100) == b"READY=1"
            with urllib.request.urlopen(f"{server.url}/health") as answer:
                assert answer.status == 200
        finally:
            server.kill()


@pytest.mark.parametrize("address", ["", "vsock:2:1", "/nowhere/at/all"])
def test_without_systemd_nothing_happens(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)

    assert Systemd().ready() is False
