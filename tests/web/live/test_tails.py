"""Streams of what grows beside the journal, where a connection cannot be taken from the server (TLS in this process)."""

from __future__ import annotations

import json
import threading

from flask import Flask

from fleet.db import write
from fleet.models import execution
from fleet.models.agent import editable
from fleet.parts import parts_of
from fleet.web.live import tails
from fleet.web.live.followers import Followers
from fleet.web.live.outputs import Place
from fleet.web.live.response import Streams
from fleet.web.live.snapshots import Snapshots
from tests.support.serving import DEV_TOKEN

ASKS = {"Authorization": f"Bearer {DEV_TOKEN}"}


def new_host() -> str:
    return str(write(lambda tx: editable.create(tx, {"name": "web", "worktree": "/", "kind": "host"})).id)


def test_output_is_followed_to_its_end_and_the_seat_is_given_back(app: Flask) -> None:
    host_id = new_host()
    order = execution.Order(command="true")
    command = write(lambda tx: execution.queue(tx, host_id, order, lambda text, _: text, sent_by="Ada"))
    answer = app.test_client().get(f"/v1/agents/{host_id}/commands/{command.id}/stream", headers=ASKS)
    chunks = answer.iter_encoded()
    assert next(chunks) == b": \n\n"
    assert len(parts_of(app).get(Streams)) == 1
    ended = threading.Timer(0.1, lambda: end(app, host_id, command.id))
    ended.start()
    told = b"".join(chunks).decode()
    ended.join()

    lines = dict(line.split(": ", 1) for line in told.strip().splitlines())
    assert (lines["id"], json.loads(lines["data"])["status"]) == ("0.0.end", "canceled")
    assert len(parts_of(app).get(Streams)) == 0


def end(app: Flask, host_id: str, command_id: str) -> None:
    """Cancel it, from another thread."""
    with app.app_context():
        write(lambda tx: execution.cancel(tx, host_id, command_id, "Ada"))


def test_metrics_are_followed_until_the_reader_goes(app: Flask) -> None:
    host_id = new_host()
    snapshots, followers = parts_of(app).get(Snapshots), parts_of(app).get(Followers)
    snapshots.keep(host_id, {"cpu_percent": 1.0})
    answer = app.test_client().get(f"/v1/agents/{host_id}/metrics/stream", headers=ASKS)
    chunks = answer.iter_encoded()
    assert next(chunks) == b": \n\n"
    assert b'"cpu_percent":1.0' in next(chunks)
    assert followers.is_followed(host_id)
    snapshots.keep(host_id, {"cpu_percent": 2.0})
    assert b'"cpu_percent":2.0' in next(chunks)
    answer.close()

    assert not followers.is_followed(host_id)


def test_followers_tell_of_the_first_and_of_the_last() -> None:
    followers, told = Followers(), []
    followers.on_change = lambda subject, followed: told.append((subject, followed))
    with followers.following("a") as first:
        with followers.following("a"):
            followers.tell(["a", "b"])
        assert first.is_set()

    assert told == [("a", True), ("a", False)]
    followers.forget("a", print)
    assert len(told) == 2


def test_small_pieces_are_joined_and_who_has_much_to_say_is_not_made_to_wait() -> None:
    assert tails.rest_after(1) == tails.rest_after(tails.ENOUGH - 1) == tails.GATHER
    assert tails.rest_after(tails.ENOUGH) == tails.rest_after(0) == 0.0


def test_a_place_is_read_as_it_is_written() -> None:
    for place in (Place(), Place(3, 4), Place(0, 10**15, over=True)):
        assert Place.parse(str(place)) == place
    assert [Place.parse(text) for text in ("", "1", "1.2.", "١.٢", "1.2.end ")] == [None] * 5
