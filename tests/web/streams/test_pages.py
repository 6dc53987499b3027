"""`/live`: one stream for all pages of a browser, its pieces labelled, its position moved by whole groups."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest

from tests.support.api import good, make_agent, refused
from tests.support.event_stream import Reader
from tests.support.serving import Served
from tests.support.tokens import browser, make_token


class Event(NamedTuple):
    """A named event of the stream."""

    name: str
    id: str
    data: str


def follow(server: Served, *topics: str, cursor: str = "", **more: str) -> Reader:
    """A stream as a browser's hub opens it."""
    query = urlencode([*(("topic", topic) for topic in topics), *(("cursor", c) for c in [cursor] if c), *more.items()])
    headers = {"Authorization": f"Bearer {server.token}"}
    return Reader(server, path=f"/live?{query}", headers=headers)


def event(reader: Reader) -> Event:
    """The next event; comments are passed over."""
    while (lines := reader.block()) is not None:
        fields = [line.split(": ", 1) if ": " in line else [line.rstrip(":"), ""] for line in lines if line[0] != ":"]
        if fields:
            values = dict(fields)
            data = "\n".join(value for name, value in fields if name == "data")
            return Event(values["event"], values.get("id", ""), data)
    raise AssertionError("the stream has ended")


def group(reader: Reader) -> tuple[dict[str, str], str]:
    """The pieces of the next group by their topics, and the position behind it."""
    pieces = {}
    while (found := event(reader)).name != "at":
        assert (found.name, found.id) == ("piece", "")
        topic, _, html = found.data.partition("\n")
        pieces[topic] = html
    return pieces, found.id


def live(page: str) -> dict[str, str]:
    """What a page says of its stream."""
    element = re.search(r'<div id="live"[^>]*>', page)
    assert element
    return {name: unescape(value) for name, value in re.findall(r'data-([\w-]+)="([^"]*)"', element[0])}


def test_pieces_carry_their_topic_and_a_group_ends_with_its_position(server: Served, api: httpx.Client) -> None:
    ada, kim = make_agent(api, name="Ada"), make_agent(api, name="Kim")
    with follow(server, "frame", f"agent/{ada['id']}", f"agent/{kim['id']}", "agents?view=cards") as reader:
        assert event(reader).name == "role"
        good(api.patch(f"/v1/agents/{ada['id']}", json={"progress": 41}))
        pieces, at = group(reader)

        assert {"frame", f"agent/{ada['id']}"} <= pieces.keys()
        assert f"agent/{kim['id']}" not in pieces
        assert "41" in pieces[f"agent/{ada['id']}"]
        good(api.patch(f"/v1/agents/{kim['id']}", json={"progress": 42}))
        pieces, later = group(reader)
        assert f"agent/{kim['id']}" in pieces
        assert int(later.rpartition("-")[2]) > int(at.rpartition("-")[2])


def test_two_lists_with_different_filters_are_told_apart(server: Served, api: httpx.Client) -> None:
    """They share the ids of their elements: what is meant for the one must not reach the other."""
    agent = make_agent(api, name="Ada", status="active")
    keys = [key_of(server, f"/agents?state={state}&view=cards") for state in ("active", "idle")]
    with follow(server, *keys) as reader:
        assert event(reader).name == "role"
        good(api.patch(f"/v1/agents/{agent['id']}", json={"progress": 5}))
        pieces, _ = group(reader)

    assert f'hx-target="#agent-card-{agent["id"]}" hx-swap="depart"' in pieces[keys[1]]
    assert f'hx-target="#agent-card-{agent["id"]}" hx-swap="depart"' not in pieces[keys[0]]


def key_of(server: Served, path: str) -> str:
    """The key of a list's topic, as its page has it."""
    with browser(server, server.token) as person:
        return next(key for key, text in parse_qsl(live(person.get(path).text)["topics"]) if text.startswith("agents"))


def test_what_was_missed_since_the_cursor_comes_first(server: Served, api: httpx.Client) -> None:
    agent = make_agent(api)
    with follow(server, "frame") as reader:
        event(reader)
        good(api.patch(f"/v1/agents/{agent['id']}", json={"progress": 1}))
        _, at = group(reader)
    good(api.patch(f"/v1/agents/{agent['id']}", json={"progress": 77}))

    with follow(server, f"agent/{agent['id']}", cursor=at) as reader:
        event(reader)
        pieces, later = group(reader)
        assert "77" in pieces[f"agent/{agent['id']}"]
        assert later != at


def test_a_cursor_that_the_journal_cannot_serve_is_answered_with_a_reset(server: Served) -> None:
    with follow(server, "frame", cursor="other-1") as reader:
        assert event(reader).name == "role"
        found = event(reader)

    assert (found.name, found.data) == ("reset", "epoch")
    assert found.id


def test_a_page_and_its_stream_say_the_same_of_whose_they_are(server: Served) -> None:
    with browser(server, server.token) as person, browser(server, make_token(server, "viewer").secret) as other:
        page, stranger = live(person.get("/").text), live(other.get("/").text)
    with follow(server, "frame") as reader:
        greeting = json.loads(event(reader).data)

    assert (page["role"], page["who"]) == (greeting["role"], greeting["who"])
    assert stranger["who"] != page["who"]
    assert server.token not in str(page)


def test_a_pages_long_filters_have_a_short_key(server: Served, api: httpx.Client) -> None:
    agent = make_agent(api, name="x" * 190, status="active")
    with browser(server, server.token) as person:
        page = live(person.get(f"/agents?view=table&q={'x' * 190}").text)
    ((key, text),) = [pair for pair in parse_qsl(page["topics"]) if pair[1].startswith("agents")]
    assert len(key) < 20

    with follow(server, key) as reader:
        event(reader)
        good(api.patch(f"/v1/agents/{agent['id']}", json={"progress": 5}))
        assert key in group(reader)[0]
    with follow(server, text) as reader:
        event(reader)
        good(api.patch(f"/v1/agents/{agent['id']}", json={"progress": 6}))
        assert key in group(reader)[0], "a topic in full is labelled by its key"


def test_a_key_of_before_a_restart_is_named_and_learned_anew_from_its_text(server: Served) -> None:
    with follow(server, "~AAAAAAAAAAAAAAAA", "frame") as reader:
        assert event(reader).name == "role"
        assert event(reader)[::2] == ("unknown", "~AAAAAAAAAAAAAAAA")


def test_many_pages_fit_into_one_request(server: Served) -> None:
    with follow(server, "frame", *(f"agent/agt_{number:016}" for number in range(150))) as reader:
        assert reader.status == 200
        assert event(reader).name == "role"


@pytest.mark.parametrize("query", ["&".join(["topic=frame"] * 201), f"topic={'x' * 4001}"])
def test_more_than_pages_follow_is_refused(api: httpx.Client, query: str) -> None:
    answer = api.get(f"/live?{query}", headers={"Accept": "application/json"})

    assert refused(answer, 400, "INVALID_TOPIC")["details"] == {"field": "topic"}


def test_what_an_old_page_asks_for_is_passed_over(server: Served, api: httpx.Client) -> None:
    with follow(server, "no-such-page", "frame", "agents?state=none&view=9") as reader:
        event(reader)
        make_agent(api)
        assert "frame" in group(reader)[0]
