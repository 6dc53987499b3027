"""Following the stream: every frame once, resumed where a cut left off, refused clearly."""

from __future__ import annotations

import itertools
import socket

import pytest

from fleet.client import Frame, Refused, Stream, Unauthorized, Unreachable
from fleet.client.address import Address
from fleet.client.stream import blocks
from tests.support.scripted_server import Scripted, refusal

HEAD = b"HTTP/1.1 200 OK\r\nX-Fleet: 1\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n"


def frame(number: int, event: str = "agent_updated") -> bytes:
    return b'id: e-%d\ndata: {"event":"%s","data":{"n":%d}}\n\n' % (number, event.encode(), number)


def stream(scripted: Scripted, after: str | None = None) -> Stream:
    return Stream(Address(scripted.url, "secret"), after=after)


def first(count: int, of: Stream) -> list[Frame]:
    return list(itertools.islice(of, count))


def test_a_frame_has_its_position_its_name_and_its_data(scripted: Scripted) -> None:
    scripted.replies += [HEAD + b": \n\n" + frame(7)]
    assert first(1, stream(scripted)) == [Frame("e-7", "agent_updated", {"n": 7})]


def test_after_a_cut_it_goes_on_behind_the_last_whole_frame(scripted: Scripted) -> None:
    scripted.last_words = [HEAD + frame(1) + frame(2) + frame(3)[:20]]
    scripted.replies += [HEAD + frame(3)]
    cuts: list[Exception] = []

    found = first(3, Stream(Address(scripted.url, "secret"), on_cut=cuts.append))

    assert [each.data["n"] for each in found] == [1, 2, 3]
    assert "Last-Event-ID" not in scripted.requests[0]
    assert "Last-Event-ID: e-2" in scripted.requests[1]
    assert len(cuts) == 1


def test_a_reader_can_go_on_where_another_one_stopped(scripted: Scripted) -> None:
    scripted.replies += [HEAD + frame(5)]
    first(1, stream(scripted, after="e-4"))
    assert "Last-Event-ID: e-4" in scripted.requests[0]


@pytest.mark.parametrize(("status", "kind"), [(401, Unauthorized), (503, Refused)])
def test_a_stream_that_is_refused_at_first_is_refused(scripted: Scripted, status: int, kind: type[Refused]) -> None:
    scripted.replies += [refusal(status, "SOME_CODE", "Some words")]
    with pytest.raises(kind, match="Some words"):
        first(1, stream(scripted))


def test_nobody_there_is_said_at_once() -> None:
    with socket.create_server(("localhost", 0)) as listener:
        url = f"http://localhost:{listener.getsockname()[1]}"
    with pytest.raises(Unreachable, match=url):
        first(1, Stream(Address(url, "")))


def test_lines_of_a_block_belong_together_and_half_a_block_counts_for_nothing() -> None:
    lines = iter([b"id: 1\r\n", b"data: a\r\n", b"data:b\r\n", b"\r\n", b"data: half\n"])
    assert list(blocks(lines)) == [[("id", "1"), ("data", "a"), ("data", "b")]]
