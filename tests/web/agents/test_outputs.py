"""What a host's command has printed, by /v1: as text, as the bytes that came; and the wait for its end."""

from __future__ import annotations

import threading

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, read, refused, send_command
from tests.support.daemons import Host, enrol, linked
from tests.support.serving import Served
from tests.support.tokens import client, make_token


@pytest.fixture
def host(api: httpx.Client) -> Host:
    return enrol(api)


def queue(api: httpx.Client, host: Host) -> str:
    body = {"type": "shell", "params": {"command": "true"}}
    return str(good(api.post(f"/v1/agents/{host.id}/commands", json=body), 201)["id"])


def test_both_streams_come_as_text_with_what_is_missing(api: httpx.Client, server: Served, host: Host) -> None:
    command_id = queue(api, host)
    path = f"/v1/agents/{host.id}/commands/{command_id}/output"
    empty = {"text": "", "bytes": 0, "gaps": []}
    assert read(api, path) == {"command_id": command_id, "state": "queued", "stdout": empty, "stderr": empty}
    with linked(server.url, host) as daemon:
        daemon.begin()
        daemon.print(command_id, "é\n".encode())
        daemon.print(command_id, b"tail", 10)
        daemon.print(command_id, b"\xff", stream="stderr")
        daemon.end(command_id, stdout=20, stderr=1)

    found = read(api, path)
    assert found["stdout"] == {
        "text": "é\n\n[… 7 bytes left out …]\ntail",
        "bytes": 20,
        "gaps": [{"offset": 3, "length": 7}, {"offset": 14, "length": 6}],
    }
    assert (found["stderr"]["text"], found["state"]) == ("\ufffd", "succeeded")
    raw = api.get(path, params={"stream": "stdout"})
    assert raw.content == "é\ntail".encode()
    assert raw.headers["Content-Type"] == "application/octet-stream"
    assert raw.headers["Content-Disposition"] == f'attachment; filename="{command_id}.stdout"'
    assert (raw.headers["X-Content-Type-Options"], raw.headers["X-Output-Gaps"]) == ("nosniff", "3+7, 14+6")
    assert api.get(path, params={"stream": "stderr"}).content == b"\xff"


def test_bytes_come_back_as_they_were_printed_whatever_they_are(api: httpx.Client, server: Served, host: Host) -> None:
    command_id = queue(api, host)
    whole = bytes(range(256)) * 1200
    with linked(server.url, host) as daemon:
        daemon.begin()
        for start in range(0, len(whole), 50_000):
            daemon.print(command_id, whole[start : start + 50_000], start)

    assert api.get(f"/v1/agents/{host.id}/commands/{command_id}/output?stream=stdout").content == whole


def test_output_is_for_operators_and_for_hosts_commands_only(api: httpx.Client, server: Served, host: Host) -> None:
    command_id = queue(api, host)
    mine = f"/v1/agents/{host.id}/commands/{command_id}"
    with client(server, make_token(server, "viewer").secret) as viewer, client(server, host.key) as own:
        for path in (f"{mine}/output", f"{mine}/output?stream=stdout", f"{mine}/stream"):
            refused(viewer.get(path), 403, "FORBIDDEN")
            refused(own.get(path), 403, "FORBIDDEN")
        assert read(viewer, f"/v1/agents/{host.id}/metrics") == {"metrics": None}
        refused(own.get(f"/v1/agents/{host.id}/metrics"), 403, "FORBIDDEN")
        shown = read(viewer, mine)
        assert (shown["content"], shown["execution"]) == ("", None)
    agent = make_agent(api)["id"]
    words = send_command(api, agent)["id"]
    for path in ("output", "stream"):
        refused(api.get(f"/v1/agents/{agent}/commands/{words}/{path}"), 404, "COMMAND_NOT_FOUND")
        refused(api.get(f"/v1/agents/{agent}/commands/{command_id}/{path}"), 404, "COMMAND_NOT_FOUND")
        refused(api.get(f"/v1/agents/agt_nope/commands/{command_id}/{path}"), 404, "AGENT_NOT_FOUND")
    refused(api.get(f"{mine}/output?stream=stdin"), 400, "INVALID_STREAM")


@pytest.mark.parametrize("kind", ["shell", "instruction"])
def test_who_waits_for_a_command_is_answered_at_its_end(api: httpx.Client, host: Host, kind: str) -> None:
    if kind == "shell":
        agent_id, command_id = host.id, queue(api, host)
    else:
        agent_id = make_agent(api)["id"]
        command_id = send_command(api, agent_id)["id"]
    path = f"/v1/agents/{agent_id}/commands/{command_id}"
    found: list[JSON] = []
    waiting = threading.Thread(target=lambda: found.append(read(api, f"{path}?wait=50")))
    waiting.start()
    if kind == "shell":
        good(api.delete(path))
    else:
        good(api.patch(path, json={"status": "completed", "response": "done"}))
    waiting.join(timeout=30)

    assert [one["status"] for one in found] == ["completed"]
    refused(api.get(f"{path}?wait=56"), 400, "INVALID_WAIT")
