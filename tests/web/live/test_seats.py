"""How many streams one person or one token may have open; whoever leaves frees a seat."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from fleet.errors import TooManyRequests
from fleet.parts import parts_of
from fleet.web.live.response import Streams
from fleet.web.live.seats import Seats
from fleet.web.security.credentials import Identity
from tests.support.api import eventually
from tests.support.application import application
from tests.support.event_stream import Reader
from tests.support.serving import DEV_TOKEN, Served, served
from tests.support.tokens import make_tokens, revoke

PER_TOKEN = 3


def who(token_id: str, person_id: str | None = None) -> Identity:
    return Identity(token_id, "somebody", "viewer", token_id, person_id)


def test_a_person_has_one_number_of_seats_however_they_come() -> None:
    seats = Seats(2, 5)
    session, laptop = who("tok_1", "usr_1"), who("tok_2", "usr_1")

    seats.take(seats.require(session))
    seats.take(seats.require(laptop))
    with pytest.raises(TooManyRequests) as refused:
        seats.require(session)

    assert refused.value.code == "TOO_MANY_STREAMS"
    assert seats.require(who("tok_3", "usr_2")) == "usr_2"
    seats.leave("usr_1")
    assert seats.require(laptop) == "usr_1"


def test_a_token_that_belongs_to_nobody_has_its_own_number() -> None:
    seats = Seats(2, 3)
    for _ in range(3):
        seats.take(seats.require(who("tok_1")))

    with pytest.raises(TooManyRequests):
        seats.require(who("tok_1"))


def test_a_stream_that_replaces_another_finds_one_seat_more_and_no_second_one() -> None:
    """The earlier one is still open for a moment."""
    seats = Seats(2, 2)
    for _ in range(2):
        seats.take(seats.require(who("tok_1")))

    seats.take(seats.require(who("tok_1"), spare=1))
    with pytest.raises(TooManyRequests):
        seats.require(who("tok_1"), spare=1)


def test_nothing_is_remembered_of_those_who_have_left() -> None:
    seats = Seats(2, 3)
    for number in range(100):
        seats.take(f"tok_{number}")
        seats.leave(f"tok_{number}")

    assert not seats._taken


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    """A server that gives a token few seats."""
    with served(tmp_path, environment={"FLEET_STREAMS_PER_TOKEN": str(PER_TOKEN)}) as running:
        yield running


def test_beyond_its_seats_a_token_is_told_so_and_leaving_frees_one(server: Served) -> None:
    mine, other = make_tokens(server, [("viewer",), ("viewer",)])
    with ExitStack() as stack:
        readers = [stack.enter_context(Reader(server, token=mine.secret)) for _ in range(PER_TOKEN)]
        assert [reader.frame().event for reader in readers] == ["connected"] * PER_TOKEN

        with Reader(server, token=mine.secret) as refused:
            assert refused.status == 429
            assert refused.answer.headers["Retry-After"] == "5"
            assert json.load(refused.answer)["error"]["code"] == "TOO_MANY_STREAMS"
        with Reader(server, token=other.secret) as theirs:
            assert theirs.frame().event == "connected", "another one has seats of its own"

        readers[0].__exit__()

        def seated() -> bool:
            with Reader(server, token=mine.secret) as again:
                return again.status == 200

        assert eventually(seated)


def test_a_revoked_tokens_seats_are_free_again(server: Served) -> None:
    """The streams of a session count for the token that it was made with."""
    (mine,) = make_tokens(server, [("viewer",)])
    with ExitStack() as stack:
        readers = [stack.enter_context(Reader(server, token=mine.secret)) for _ in range(PER_TOKEN)]
        revoke(server, mine)
        for reader in readers:
            reader.to_the_end()
        with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}) as api:
            eventually(lambda: api.get("/v1/system").json()["streams"]["open"] == 0)


def test_a_stream_that_is_served_plainly_has_a_seat_while_it_is_read(tmp_path: Path) -> None:
    with application(tmp_path, streams_per_token=PER_TOKEN) as app:
        asked, seats = app.test_client(), parts_of(app).get(Streams).seats
        bearer = {"Authorization": f"Bearer {DEV_TOKEN}"}
        opened = [asked.get("/v1/stream", headers=bearer) for _ in range(PER_TOKEN)]
        for answer in opened:
            next(iter(answer.response))
        assert seats.taken("dev") == PER_TOKEN
        assert asked.get("/v1/stream", headers=bearer).status_code == 429

        for answer in opened:
            answer.close()
        assert seats.taken("dev") == 0
        asked.get("/v1/stream", headers=bearer).close()
        assert seats.taken("dev") == 0, "one that nobody began to read takes none"
