"""Where the Docker engine is looked for, and which word tells what was found."""

from __future__ import annotations

import socket
from pathlib import Path
from unittest.mock import patch

import pytest

from fleet import docker
from tests.support.docker_engine import PONG, engine_at


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No engine of this machine's, and no long waiting for one that never answers."""
    monkeypatch.setattr(docker, "USUAL", str(tmp_path / "usual.sock"))
    monkeypatch.setattr(docker, "PATIENCE", 0.3)


def word(host: str = "", runtime: Path | None = None) -> docker.Word:
    return docker.look({"DOCKER_HOST": host} | ({"XDG_RUNTIME_DIR": str(runtime)} if runtime else {}))


def test_an_engine_that_answers_is_connected(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    with engine_at(path) as host:
        assert word(host) == "connected"
        assert word(str(path)) == "connected", "a bare path"
    with engine_at(None) as host:
        assert word(host) == "connected"
        assert word(host.removeprefix("tcp://")) == "connected"


def test_without_an_address_the_usual_places_are_asked(tmp_path: Path) -> None:
    assert word() == "absent"
    with engine_at(tmp_path / "usual.sock"):
        assert word() == "connected"
    own = tmp_path / "run"
    own.mkdir()
    with engine_at(own / "docker.sock"):
        assert word(runtime=own) == "connected"


def test_an_engine_of_ones_own_counts_where_the_usual_one_is_for_others(tmp_path: Path) -> None:
    own = tmp_path / "run"
    own.mkdir()
    with engine_at(own / "docker.sock"), engine_at(tmp_path / "usual.sock", b"HTTP/1.0 403 Forbidden\r\n\r\n"):
        assert word(runtime=own) == "connected"
        assert word() == "forbidden"


def test_where_there_is_no_socket_it_is_absent(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert word(f"unix://{tmp_path}/none.sock") == "absent"
    assert word(f"{tmp_path}/none.sock") == "absent"
    assert word(f"{tmp_path}/file/docker.sock") == "absent"


def test_a_socket_that_nobody_listens_at_is_unreachable(tmp_path: Path) -> None:
    path = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))

    assert word(str(path)) == "unreachable"


def test_a_socket_that_one_may_not_use_is_forbidden(tmp_path: Path) -> None:
    # Root may use all of them, so the refusal is the kernel's word without its reason.
    with (
        engine_at(tmp_path / "engine.sock") as host,
        patch.object(socket.socket, "connect", side_effect=PermissionError),
    ):
        assert word(host) == "forbidden"
    for status in (401, 403):
        with engine_at(None, b"HTTP/1.1 %d No\r\n\r\n" % status) as host:
            assert word(host) == "forbidden"


@pytest.mark.parametrize(
    "answer",
    [None, b"", b"\r\n", b"220 mail.example.net ESMTP\r\n", b"HTTP/1.1 500 Oh\r\n\r\n", b"HTTP/1.1 x\r\n", b"a" * 9000],
)
def test_what_does_not_answer_as_an_engine_does_is_unreachable(tmp_path: Path, answer: bytes | None) -> None:
    with engine_at(tmp_path / "engine.sock", answer) as host:
        assert word(host) == "unreachable"


@pytest.mark.parametrize(
    "host",
    [
        "ssh://docker@example.net",
        "npipe:////./pipe/docker_engine",
        "tcp://",
        "tcp://127.0.0.1:x",
        "tcp://[::1",
        "unix://",
        "nonsense:0",
        "/" + "x" * 200,
    ],
)
def test_an_address_that_nobody_can_ask_is_unreachable(host: str) -> None:
    assert word(host) == "unreachable"


def test_a_whole_answer_need_not_come_at_once(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        near, far = socket.socketpair()
        with near, far, patch.object(docker, "connected", return_value=near):
            far.sendall(PONG[:9])
            far.sendall(PONG[9:])
            assert docker.ping(str(path)) == "connected"
