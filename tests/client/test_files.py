"""Files to and from a host, by the client alone: what a server may do to it in the middle."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fleet.client import Refused, Stranger, Unreachable
from fleet.client.address import Address
from fleet.client.files import Cut, Download, Unread, Upload
from tests.support.scripted_server import Scripted, refusal


@contextmanager
def answering(said: bytes, *, hangs_up: bool = False) -> Iterator[Address]:
    """A server that reads the head of a request, says this, and reads no further."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(4096)
            connection.sendall(said)
            if not hangs_up:
                over.wait(60)

    over = threading.Event()
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield Address(f"http://127.0.0.1:{listener.getsockname()[1]}", "token")
    finally:
        over.set()
        thread.join()
        listener.close()


def upload(address: Address, size: int | None, content: bytes) -> object:
    return Upload(io.BufferedReader(io.BytesIO(content)), size, {"dest": "x"}, lambda _: None).send(address, "agt_1")


@pytest.mark.parametrize("size", [64 << 20, None])
def test_a_refusal_ends_the_sending_although_the_server_reads_no_further(size: int | None) -> None:
    with answering(refusal(409, "HOST_OFFLINE", "Not there")) as address, pytest.raises(Refused, match="Not there"):
        upload(address, size, bytes(64 << 20))


def test_a_server_that_only_hangs_up_has_cut_it_short() -> None:
    with answering(b"", hangs_up=True) as address, pytest.raises(Cut):
        upload(address, 64 << 20, bytes(64 << 20))


def test_a_file_that_becomes_shorter_is_not_brought(scripted: Scripted) -> None:
    with pytest.raises(Cut, match="3 of 5 bytes"):
        upload(Address(scripted.url, ""), 5, b"abc")


def test_a_file_that_grows_is_brought_as_long_as_it_was(scripted: Scripted) -> None:
    scripted.replies.append(refusal(409, "EXISTS", "There already"))
    with pytest.raises(Refused):
        upload(Address(scripted.url, ""), 3, b"abcdef")
    assert "abc\r\n--" in scripted.requests[0]


def test_a_disk_that_cannot_be_read_is_no_fault_of_the_connections(scripted: Scripted) -> None:
    class Broken(io.BytesIO):
        def read1(self, _size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(Unread, match="Input/output error"):
        Upload(Broken(), 5, {}, lambda _: None).send(Address(scripted.url, ""), "agt_1")


def test_a_server_that_has_another_sum_is_none(scripted: Scripted) -> None:
    body = b'{"path": "/x", "size": 3, "sha256": "00"}'
    scripted.replies.append(b"HTTP/1.1 200 OK\r\nX-Fleet: 1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    with pytest.raises(Stranger):
        upload(Address(scripted.url, ""), 3, b"abc")


@pytest.mark.parametrize("said", [b"Content-Length: 9\r\n\r\nabc", b"Content-Length: 9\r\n\r\n"])
def test_half_a_file_is_none(said: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nX-Fleet: 1\r\n"
    with (
        answering(head + said, hangs_up=True) as address,
        Download(address, "agt_1", "/x") as download,
        pytest.raises(Cut, match="of 9 bytes"),
    ):
        list(download)


@pytest.mark.parametrize("head", [b"Content-Length: 1\r\n\r\na", b"X-Fleet: 1\r\n\r\na"])
def test_an_answer_without_a_length_or_of_no_fleet_is_no_file(head: bytes) -> None:
    with answering(b"HTTP/1.1 200 OK\r\n" + head, hangs_up=True) as address, pytest.raises(Stranger):
        Download(address, "agt_1", "/x")


def test_nobody_there_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = Address(f"http://127.0.0.1:{listener.getsockname()[1]}", "")
    with pytest.raises(Unreachable):
        Download(address, "agt_1", "/x")
    with pytest.raises(Unreachable):
        upload(address, 1, b"a")
