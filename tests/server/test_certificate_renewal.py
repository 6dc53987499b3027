"""A certificate is renewed while Fleet serves: nobody is dropped, and a bad one changes nothing."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.certificate import make_certificate
from tests.support.serving import Served, served

PATIENCE = 30.0


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Served]:
    chain, key = make_certificate(tmp_path)
    with served(tmp_path, "--dev", "--tls-cert", str(chain), "--tls-key", str(key)) as running:
        yield running


def eventually(seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < deadline, "never happened"
        time.sleep(0.05)


def anybody() -> ssl.SSLContext:
    """Trust whatever certificate there is: it changes."""
    return ssl._create_unverified_context()


def shown(server: Served) -> bytes:
    """The certificate that a new connection is shown."""
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as plain,
        anybody().wrap_socket(plain) as encrypted,
    ):
        return encrypted.getpeercert(binary_form=True) or b""


def hang_up(server: Served) -> None:
    assert server.process is not None
    server.process.send_signal(signal.SIGHUP)


def new_pair(folder: Path) -> tuple[Path, Path]:
    folder.mkdir()
    return make_certificate(folder)


def worker(server: Served) -> int:
    """The process that serves: the only child."""
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return int(children[0]) if children else 0


def test_a_renewed_certificate_is_served_after_a_sighup(secure: Served, tmp_path: Path) -> None:
    before = shown(secure)
    for made in new_pair(tmp_path / "new"):
        shutil.copy(made, tmp_path / made.name)

    hang_up(secure)

    eventually(lambda: shown(secure) != before)


@pytest.mark.parametrize("spoiled", ["cert.pem", "key.pem"])
def test_a_pair_that_is_bad_or_half_renewed_is_logged_and_the_old_one_goes_on(
    secure: Served, tmp_path: Path, spoiled: str
) -> None:
    before, pid = shown(secure), worker(secure)
    new_pair(tmp_path / "new")
    shutil.copy(tmp_path / "new" / spoiled, tmp_path / spoiled)  # the other half is still the old one

    hang_up(secure)

    eventually(lambda: "the certificate before goes on being served" in secure.log)
    (tmp_path / "key.pem").write_text("no key at all")
    hang_up(secure)
    eventually(lambda: secure.log.count("the certificate before goes on being served") == 2)
    assert shown(secure) == before
    assert worker(secure) == pid, "nobody is interrupted for nothing"


def test_a_worker_that_dies_while_the_files_are_bad_is_replaced(secure: Served, tmp_path: Path) -> None:
    before, pid = shown(secure), worker(secure)
    (tmp_path / "cert.pem").write_text("half of it")

    os.kill(pid, signal.SIGKILL)

    eventually(lambda: worker(secure) not in (0, pid))
    eventually(secure.healthy)
    assert shown(secure) == before


@pytest.fixture
def answers(secure: Served) -> Iterator[list[int | str]]:
    """The answers to one new connection after another, eight at a time, while the test lasts."""
    over = threading.Event()
    come: list[int | str] = []

    def ask() -> None:
        connection = http.client.HTTPSConnection("127.0.0.1", secure.port, context=anybody(), timeout=PATIENCE)
        try:
            connection.request("GET", "/health", headers={"Connection": "close"})
            come.append(connection.getresponse().status)
        except OSError as error:
            come.append(repr(error))
        finally:
            connection.close()

    def keep_asking() -> None:
        while not over.is_set():
            ask()

    askers = [threading.Thread(target=keep_asking) for _ in range(8)]
    for asker in askers:
        asker.start()
    yield come
    over.set()
    for asker in askers:
        asker.join(PATIENCE)


def test_new_connections_in_the_moment_of_a_renewal_are_all_answered(secure: Served, answers: list[int | str]) -> None:
    for _ in range(3):
        pid, count = worker(secure), len(answers)
        eventually(lambda count=count: len(answers) > count + 20)
        hang_up(secure)
        eventually(lambda pid=pid: worker(secure) not in (0, pid))
    count = len(answers)
    eventually(lambda: len(answers) > count + 20)

    assert set(answers) == {200}
    assert "Traceback" not in secure.log


def test_who_connects_before_the_listener_is_closed_and_speaks_after_is_answered(secure: Served) -> None:
    """A handshake lasts; the worker that has accepted a connection answers it."""
    with socket.create_connection(("127.0.0.1", secure.port), timeout=PATIENCE) as plain:
        time.sleep(0.3)  # until it is accepted
        hang_up(secure)
        eventually(lambda: "started anew" in secure.log)
        with anybody().wrap_socket(plain) as encrypted:
            encrypted.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert encrypted.recv(100).startswith(b"HTTP/1.1 200")
    assert "Traceback" not in secure.log
