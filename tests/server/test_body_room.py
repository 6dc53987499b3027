"""Bodies that are under way take room, of which there is so much: for everybody, and for each of them."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from fleet.errors import TooManyRequests
from fleet.server.body_room import LEAST, SMALL, BodyRoom, BodyRooms
from tests.server.conftest import PATIENCE, Server, eventually

ROOM = 400_000  # of which one holder gets half: two bodies of 90,000
BODY = 90_000


def test_one_holder_gets_half_of_the_room_and_gets_it_again() -> None:
    room = BodyRoom(1000)
    room.take("ada", 500)
    with pytest.raises(TooManyRequests) as refusal:
        room.take("ada", 1)
    assert (refusal.value.code, refusal.value.retry_after) == ("TOO_MANY_BODIES", 5)

    room.give_back("ada", 1)
    room.take("ada", 1)


def test_all_together_get_the_room() -> None:
    room = BodyRoom(1000)
    for holder in ("ada", "bob", "cy"):
        room.take(holder, 330)
    with pytest.raises(TooManyRequests):
        room.take("dan", 11)

    room.give_back("bob", 330)
    room.take("dan", 340)
    assert room.taken == 1000


def test_bodies_of_the_largest_size_fit_whatever_it_is() -> None:
    assert BodyRooms(2**20).known.most == LEAST
    assert BodyRooms(2**30).known.most == 4 * 2**30


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server([], {"BODY_ROOM": str(ROOM)})
    yield made
    made.close()


class Sender:
    """Connections that send bodies as far as a test lets them."""

    def __init__(self, server: Server, stack: ExitStack) -> None:
        self._port = server.port
        self._stack = stack

    def begin(self, path: str, who: str, size: int, sent: int) -> socket.socket:
        """Announce a body and send the first bytes of it."""
        connection = self._stack.enter_context(socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE))
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Who: {who}\r\nContent-Length: {size}\r\n\r\n"
        connection.sendall(head.encode() + b"x" * sent)
        return connection

    def whole(self, path: str, who: str, size: int) -> tuple[int, str]:
        """Send a whole body; status, and the error's code if it has one."""
        with self.begin(path, who, size, size) as connection:
            answer = b""
            while b"}" not in answer and (piece := connection.recv(65536)):
                answer += piece
        code = json.loads(answer.partition(b"\r\n\r\n")[2]).get("error", {}).get("code", "")
        return int(answer.split()[1]), code


@pytest.fixture
def sender(server: Server) -> Iterator[Sender]:
    with ExitStack() as stack:
        yield Sender(server, stack)


def test_stalled_bodies_hold_no_more_than_their_holders_share(sender: Sender) -> None:
    """Two hundred signed-in connections, each with a body that does not go on, held 240 MB."""
    stalled = [sender.begin("/body", "ada", BODY, BODY - 1) for _ in range(2)]
    eventually(lambda: sender.whole("/body", "ada", BODY) == (429, "TOO_MANY_BODIES"))

    assert sender.whole("/body", "bob", BODY) == (200, "")
    assert sender.whole("/body", "ada", SMALL) == (200, ""), "small ones always fit"
    for one in stalled:
        one.sendall(b"x")
        assert one.recv(65536).startswith(b"HTTP/1.1 200")
    assert sender.whole("/body", "ada", BODY) == (200, "")


def test_whoever_goes_away_leaves_the_room(sender: Sender) -> None:
    stalled = [sender.begin("/body", who, BODY, BODY - 1) for who in ("ada", "ada", "bob", "bob")]
    eventually(lambda: sender.whole("/body", "cy", BODY) == (429, "TOO_MANY_BODIES"))

    for one in stalled:
        one.close()

    eventually(lambda: sender.whole("/body", "cy", BODY) == (200, ""))


def test_strangers_take_no_room_from_those_who_are_known(sender: Sender) -> None:
    for _ in range(4):
        sender.begin("/strangers", "", 60_000, 59_999)
    eventually(lambda: sender.whole("/strangers", "", 60_000) == (429, "TOO_MANY_BODIES"))

    assert sender.whole("/body", "ada", BODY) == (200, "")


def test_many_bodies_after_one_another_all_fit(sender: Sender) -> None:
    assert [sender.whole("/body", "ada", BODY)[0] for _ in range(12)] == [200] * 12
