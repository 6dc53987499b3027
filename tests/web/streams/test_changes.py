"""`GET /v1/stream`: every change, in order, once, or an explicit reset (contract I7)."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.support.api import good, make_agent, make_task, make_todo, post_event, refused, send_command
from tests.support.event_stream import Frame, Reader
from tests.support.serving import Served, served
from tests.support.tokens import client, make_token, revoke


def opened(server: Served, after: str | None = None, **query: str) -> Reader:
    return Reader(server, token=server.token, after=after, **query)


def test_the_first_frame_says_where_the_reader_stands(server: Served) -> None:
    with opened(server) as reader:
        first = reader.frame()

    assert (reader.status, first.event) == (200, "connected")
    assert (reader.answer.getheader("Content-Type") or "").startswith("text/event-stream")
    assert "no-cache" in (reader.answer.getheader("Cache-Control") or "")
    assert first.data["cursor"] == first.id
    assert first.data["client_id"].startswith("client_")
    assert first.data["timestamp"].endswith("Z")


def test_changes_come_in_order_each_with_an_id(server: Served, api: httpx.Client) -> None:
    with opened(server) as reader:
        reader.frame()
        agent = make_agent(api)
        make_todo(api, agent["id"])
        send_command(api, agent["id"])
        post_event(api, agent["id"])
        make_task(api, assigned_agent_id=agent["id"])
        frames = reader.frames(5)

    assert [frame.event for frame in frames] == [
        "agent_status_changed",
        "todo_updated",
        "command_received",
        "agent_event_created",
        "task_assigned",
    ]
    assert {frame.data["agent_id"] for frame in frames} == {agent["id"]}
    numbers = [number(frame) for frame in frames]
    assert numbers == sorted(set(numbers))


def test_what_was_missed_is_replayed_after_the_last_id(server: Served, api: httpx.Client) -> None:
    with opened(server) as reader:
        reader.frame()
        make_agent(api)
        seen = reader.frame()
    missed = [make_agent(api)["id"] for _ in range(3)]

    with opened(server, seen.id) as reader:
        connected, *replayed = reader.frames(4)
        live = make_agent(api)["id"]
        following = reader.frame()

    assert connected.data["cursor"] == seen.id
    assert [frame.data["agent_id"] for frame in [*replayed, following]] == [*missed, live]


def test_a_reader_that_was_cut_before_its_first_change_misses_nothing(server: Served, api: httpx.Client) -> None:
    with opened(server) as reader:
        connected = reader.frame()
    agent = make_agent(api)

    with opened(server, connected.id) as reader:
        _, first = reader.frames(2)

    assert first.data["agent_id"] == agent["id"]


def test_a_cut_between_the_two_frames_of_one_report_loses_neither(server: Served, api: httpx.Client) -> None:
    agent = make_agent(api)
    with opened(server) as reader:
        reader.frame()
        good(api.patch(f"/v1/agents/{agent['id']}", json={"status": "active", "progress": 5}))
        first = reader.frame()

    with opened(server, first.id) as reader:
        _, second = reader.frames(2)

    assert (first.event, second.event) == ("agent_status_changed", "agent_progress_updated")
    assert number(second) == number(first) + 1


def test_the_cursor_may_stand_in_the_query(server: Served, api: httpx.Client) -> None:
    with opened(server) as reader:
        connected = reader.frame()
    agent = make_agent(api)

    with opened(server, cursor=connected.id) as reader:
        assert reader.frames(2)[1].data["agent_id"] == agent["id"]


def test_readers_of_many_writers_see_one_order_without_gaps(server: Served, api: httpx.Client) -> None:
    agents = [make_agent(api)["id"] for _ in range(8)]
    with opened(server, events="all") as first, opened(server, events="all") as second:
        start = number(first.frame())
        second.frame()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: post_event(api, agents[n % 8], message=str(n)), range(80)))
        seen, same = first.frames(80), second.frames(80)

    assert [number(frame) for frame in seen] == list(range(start + 1, start + 81))
    assert seen == same
    assert {frame.data["event"]["message"] for frame in seen} == {str(n) for n in range(80)}


def test_only_document_1s_events_come_unless_all_are_asked_for(server: Served, api: httpx.Client) -> None:
    with opened(server) as documented, opened(server, events="all") as everything:
        documented.frame()
        everything.frame()
        agent = make_agent(api)
        good(api.patch(f"/v1/agents/{agent['id']}", json={"name": "Renamed"}))
        task = make_task(api)
        good(api.delete(f"/v1/tasks/{task['id']}"))
        good(api.delete(f"/v1/agents/{agent['id']}"))
        make_agent(api)

        assert [frame.event for frame in documented.frames(2)] == ["agent_status_changed"] * 2
        assert [frame.event for frame in everything.frames(6)] == [
            "agent_status_changed",
            "agent_updated",
            "task_created",
            "task_deleted",
            "agent_deleted",
            "agent_status_changed",
        ]
    refused(api.get("/v1/stream?events=some"), 400, "INVALID_EVENTS")


@pytest.mark.parametrize("garbage", ["nonsense", "-", "abc-", "-5", "abc-x", "9" * 500])
def test_a_position_that_is_none_is_answered_with_a_reset(server: Served, api: httpx.Client, garbage: str) -> None:
    with opened(server, garbage) as reader:
        connected, reset = reader.frames(2)
        agent = make_agent(api)
        following = reader.frame()

    assert (connected.event, reset.event, reset.data["reason"]) == ("connected", "reset", "unknown")
    assert reset.data["cursor"] == connected.id
    assert following.data["agent_id"] == agent["id"]


def test_a_position_of_another_journal_is_answered_with_a_reset(server: Served, api: httpx.Client) -> None:
    with opened(server) as reader:
        epoch, _, seq = reader.frame().id.rpartition("-")

    for position in (f"another-{seq}", f"{epoch}-{int(seq) + 1000}"):
        with opened(server, position) as reader:
            _, reset = reader.frames(2)
            assert (reset.event, reset.data["reason"]) == ("reset", "epoch")
            agent = make_agent(api)
            assert reader.frame().data["agent_id"] == agent["id"]


def test_positions_outlive_a_kill_until_they_are_too_old(tmp_path: Path) -> None:
    with served(tmp_path) as server, client(server, server.token) as api:
        with opened(server) as reader:
            start = reader.frame().id
            agents = [make_agent(api)["id"] for _ in range(3)]
            first = reader.frame().id
        server.kill()
        with closing(sqlite3.connect(server.database)) as database, database:
            floor = first.rpartition("-")[2]
            database.execute("DELETE FROM changes WHERE seq <= ?", (floor,))
            database.execute("UPDATE journal SET floor = ?", (floor,))
        server.start()

        with opened(server, first) as reader:
            assert [frame.data.get("agent_id") for frame in reader.frames(3)] == [None, *agents[1:]]
        with opened(server, start) as reader:
            _, reset = reader.frames(2)
            assert (reset.event, reset.data["reason"]) == ("reset", "too_old")


def test_a_revoked_tokens_stream_ends_and_does_not_come_back(server: Served, api: httpx.Client) -> None:
    token = make_token(server, "viewer")
    with Reader(server, token=token.secret) as reader, opened(server) as another:
        reader.frame()
        another.frame()
        revoke(server, token)

        assert reader.to_the_end() == []
        agent = make_agent(api)
        assert another.frame().data["agent_id"] == agent["id"]
    with Reader(server, token=token.secret) as reader:
        assert reader.status == 401


def test_a_stream_that_has_nothing_to_say_keeps_the_line_open(server: Served) -> None:
    with opened(server) as reader:
        assert reader.frame().event == "connected"
        lines = reader.block()

    assert lines is not None
    assert all(line.startswith(":") for line in lines)


def test_a_stream_ends_in_good_order_when_the_server_stops(tmp_path: Path) -> None:
    with served(tmp_path) as server, opened(server) as reader:
        reader.frame()
        assert server.stop() == 0
        assert reader.to_the_end() == []


def number(frame: Frame) -> int:
    return int(frame.id.rpartition("-")[2])
