"""`fleet events` and `fleet stream`: every line once, also across a restart of the server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import httpx

from tests.support.api import make_agent, post_event, unique
from tests.support.serving import served
from tests.support.shell import Program, interrupt


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline() for _ in range(count)]


def test_activity_is_listed_with_the_newest_last(fleet: Program, api: httpx.Client) -> None:
    agent = make_agent(api)
    for number in range(3):
        post_event(api, agent["id"], type="test", message=f"{number} passed")
    post_event(api, agent["id"], type="commit", message="Done")

    assert [line.split("  ", 2)[1:] for line in fleet.says("events", agent["name"], "-n", "2").splitlines()] == [
        [agent["name"], "test: 2 passed\n".strip()],
        [agent["name"], "commit: Done"],
    ]
    shown = fleet.says("events", "--type", "test", "--json").splitlines()
    assert [json.loads(line)["message"] for line in shown] == ["0 passed", "1 passed", "2 passed"]


def test_no_activity_is_nothing_found(fleet: Program, api: httpx.Client) -> None:
    assert "No activity" in fleet.fails(4, "events", make_agent(api)["id"])


def test_followed_activity_is_what_was_and_what_comes_of_this_agent_and_type(fleet: Program, api: httpx.Client) -> None:
    agent, other = make_agent(api), make_agent(api)
    post_event(api, agent["id"], type="test", message="before")
    with fleet.running("events", agent["id"], "--type", "test", "--follow") as process:
        first = lines(process, 1)
        post_event(api, other["id"], type="test", message="another's")
        post_event(api, agent["id"], type="note", message="of another type")
        post_event(api, agent["id"], type="test", message="after")
        found = [*first, *lines(process, 1)]
        assert interrupt(process) == (130, "", "")
    assert [line.rstrip().rpartition(": ")[2] for line in found] == ["before", "after"]


def test_the_stream_is_one_line_for_each_change(fleet: Program, api: httpx.Client) -> None:
    with fleet.running("stream") as process:
        opening = lines(process, 1)[0].split()
        agent = make_agent(api, name="\x1b[31mRed")
        made = lines(process, 1)[0]
    assert opening[1] == "connected"
    assert made.split()[1:3] == ["agent_status_changed", agent["id"]]
    assert made.endswith("␛[31mRed: idle\n")


def test_a_stream_goes_on_after_a_cursor_and_shows_more_when_asked(fleet: Program, api: httpx.Client) -> None:
    with fleet.running("stream") as process:
        cursor = lines(process, 1)[0].split()[0]
    agent = make_agent(api)
    api.patch(f"/v1/agents/{agent['id']}", json={"name": unique("renamed")})

    with fleet.running("stream", "--after", cursor, "--all", "--json") as process:
        frames = [json.loads(line) for line in lines(process, 3)]

    assert [frame["event"] for frame in frames] == ["connected", "agent_status_changed", "agent_updated"]
    assert {*frames[0]} == {"id", "event", "data"}


def test_a_stream_loses_nothing_when_the_server_restarts(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        fleet = Program(tmp_path, server.url, server.token)
        with fleet.running("stream", "--json") as process:
            lines(process, 1)
            headers = {"Authorization": f"Bearer {server.token}"}
            with httpx.Client(base_url=server.url, headers=headers) as api:
                agent = make_agent(api)
                assert json.loads(lines(process, 1)[0])["data"]["agent_id"] == agent["id"]
            server.stop()
            server.start()
            with httpx.Client(base_url=server.url, headers=headers) as api:
                post_event(api, agent["id"], message="after the restart")
            frames = [json.loads(line) for line in lines(process, 2)]
            _, _, errors = interrupt(process)
    assert [frame["event"] for frame in frames] == ["connected", "agent_event_created"]
    assert errors.count("trying again") == 1
