"""The way to the server: addresses, proxies, TLS. Nothing is shown to what cannot be verified."""

from __future__ import annotations

import base64
import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fleet.daemon import dial
from fleet.daemon.address import Address
from fleet.daemon.deadline import Deadline
from fleet.daemon.errors import Broken, Unreachable
from tests.support.certificate import make_certificate, make_expired_certificate
from tests.support.connect_proxy import ConnectProxy
from tests.support.daemon_parts import KEY, Host
from tests.support.link_server import Line, LinkServer, welcome_and_stay

Serve = Callable[..., LinkServer]
MakeHost = Callable[..., Host]
PASSWORD = "pa55 w@rd"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def proxy() -> Iterator[Callable[..., ConnectProxy]]:
    with contextlib.ExitStack() as stack:

        def make(port: int, authorization: str | None = None, refuses: bytes | None = None) -> ConnectProxy:
            made = ConnectProxy(port, authorization, refuses)
            stack.callback(made.close)
            return made

        yield make


def addresses(monkeypatch: pytest.MonkeyPatch, *places: tuple[str, int]) -> None:
    """Let every name have these addresses."""
    families = {True: socket.AF_INET6, False: socket.AF_INET}
    found = [(families[":" in host], socket.SOCK_STREAM, 6, "", (host, port)) for host, port in places]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def test_an_address_that_refuses_is_passed_by(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(welcome_and_stay)
    addresses(monkeypatch, ("127.0.0.1", free_port()), ("127.0.0.1", server.port))

    with dial.connect(Address(False, "fleet.test", 80, ""), None, Deadline(5)) as sock:
        assert sock.getpeername()[1] == server.port


def test_an_address_that_does_not_answer_is_not_waited_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(welcome_and_stay)
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    waiting = []
    for _ in range(4):  # the backlog is full: the next handshake hangs
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(full.getsockname())
        waiting.append(one)
    addresses(monkeypatch, full.getsockname(), ("127.0.0.1", server.port))

    with dial.connect(Address(False, "fleet.test", 80, ""), None, Deadline(5)) as sock:
        assert sock.getpeername()[1] == server.port
    for one in (full, *waiting):
        one.close()


def test_it_speaks_by_ipv6(serve: Serve, host: MakeHost) -> None:
    server = serve(welcome_and_stay, host="::1")
    here = host(f"http://[::1]:{server.port}")
    here.start()
    here.until(lambda: here.work.welcomes)

    request = server.lines[0].request
    assert request is not None
    assert request.headers["Host"] == f"[::1]:{server.port}"


def test_a_family_that_leads_nowhere_does_not_keep_the_other_one_back(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(welcome_and_stay)
    addresses(monkeypatch, ("::1", free_port()), ("127.0.0.1", server.port))

    with dial.connect(Address(False, "fleet.test", 80, ""), None, Deadline(5)) as sock:
        assert sock.family == socket.AF_INET


def test_nobody_there_is_said_so_and_by_name() -> None:
    with pytest.raises(Unreachable, match=r"^127\.0\.0\.1:\d+ cannot be reached: Connection refused"):
        dial.connect(Address(False, "127.0.0.1", free_port(), ""), None, Deadline(5))


def test_a_name_without_an_address_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    with pytest.raises(Unreachable, match=r"^fleet\.test has no address: Name or service not known"):
        dial.connect(Address(True, "fleet.test", 443, ""), None, Deadline(5))


def test_tls_is_spoken_with_a_server_that_the_ca_file_vouches_for(
    serve: Serve, host: MakeHost, certificate: tuple[Path, Path]
) -> None:
    heard: list[int] = []

    def behave(line: Line) -> None:
        line.welcome(beat=0.05)
        line.say({"type": "command", "id": "x" * 300_000})
        while True:
            heard.append(len(line.listen()))

    here = host(serve(behave, tls=certificate).url, ca_file=str(certificate[0]))
    here.work.queue.extend(bytes([1, 1, 65]) + bytes(60_000) for _ in range(100))
    here.start()
    here.until(lambda: here.work.taken and heard.count(60_003) == 100)


@pytest.mark.parametrize("name", ["an unknown authority", "another name", "an expired one"])
def test_a_certificate_that_is_not_good_ends_it_before_the_key_is_shown(
    serve: Serve, tmp_path: Path, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    shown, trusted, asked = certificate, certificate[0], "localhost"
    if name == "an unknown authority":
        (tmp_path / "other").mkdir()
        trusted = make_certificate(tmp_path / "other")[0]
    elif name == "another name":
        asked = "other.test"
    else:
        shown = make_expired_certificate(tmp_path)
        trusted = shown[0]
    server = serve(welcome_and_stay, tls=shown)
    addresses(monkeypatch, ("127.0.0.1", server.port))

    with pytest.raises(Unreachable, match=r"certificate that is not trusted.*ca_file"):
        dial.connect(Address(True, asked, server.port, ""), trusted, Deadline(5))
    assert server.lines == []


def test_a_server_that_hangs_in_the_handshake_is_left_in_time(certificate: tuple[Path, Path]) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(Broken, match="did not answer in time"),
    ):
        dial.connect(Address(True, "localhost", silent.getsockname()[1], ""), certificate[0], Deadline(0.3))


def test_a_proxy_is_asked_for_a_tunnel_with_name_and_password_and_tls_goes_through_it(
    serve: Serve,
    host: MakeHost,
    certificate: tuple[Path, Path],
    proxy: Callable[..., ConnectProxy],
    monkeypatch: pytest.MonkeyPatch,
    said: Callable[[], str],
) -> None:
    authorization = "Basic " + base64.b64encode(f"me:{PASSWORD}".encode()).decode()
    between = proxy(serve(welcome_and_stay, tls=certificate).port, authorization)
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:pa55%20w%40rd@127.0.0.1:{between.port}")
    here = host("https://fleet.test:8443", ca_file=str(certificate[0]))
    here.start()
    here.until(lambda: here.work.welcomes)

    head = between.heads[0].decode()
    assert head.startswith("CONNECT fleet.test:8443 HTTP/1.1\r\nHost: fleet.test:8443\r\n")
    assert KEY not in head
    assert PASSWORD not in said()


def test_a_proxy_that_wants_a_password_is_told_from_one_that_refuses(
    proxy: Callable[..., ConnectProxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    between = proxy(1, "Basic x")
    monkeypatch.setenv(
        "https_proxy", f"http://me:{PASSWORD.replace(' ', '')}@127.0.0.1:{between.port}".replace("@r", "r")
    )
    with pytest.raises(Unreachable, match="wants another name and password") as caught:
        dial.connect(Address(True, "fleet.test", 443, ""), None, Deadline(5))
    assert "pa55" not in str(caught.value)

    between = proxy(1, refuses=b"HTTP/1.1 403 Forbidden\r\n\r\n")
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{between.port}")
    with pytest.raises(Unreachable, match=r"does not connect to fleet\.test: HTTP 403"):
        dial.connect(Address(True, "fleet.test", 443, ""), None, Deadline(5))


@pytest.mark.parametrize("reply", [b"", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 5000])
def test_what_is_no_proxy_is_left(
    proxy: Callable[..., ConnectProxy], monkeypatch: pytest.MonkeyPatch, reply: bytes
) -> None:
    monkeypatch.setenv("https_proxy", f"127.0.0.1:{proxy(1, refuses=reply).port}")
    with pytest.raises(Broken):
        dial.connect(Address(True, "fleet.test", 443, ""), None, Deadline(5))
