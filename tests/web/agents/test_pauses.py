"""Pausing one agent: it is given no claims and no commands, whichever way it asks for them."""

from __future__ import annotations

from concurrent import futures
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from fleet.bus import News
from fleet.web.agents import commands
from tests.support.api import (
    JSON,
    eventually,
    good,
    make_agent,
    make_task,
    post_event,
    read,
    refused,
    send_command,
    unique,
)
from tests.support.event_stream import Reader
from tests.support.serving import Served
from tests.support.tokens import browser


@pytest.fixture
def agent(api: httpx.Client) -> JSON:
    """An agent that alone can do its tasks."""
    return make_agent(api, capabilities=[unique("skill")])


def pause(api: httpx.Client, agent: JSON, reason: str | None = None) -> JSON:
    paused: JSON = good(api.post(f"/v1/agents/{agent['id']}/pause", json={"reason": reason}), 200)
    return paused


def resume(api: httpx.Client, agent: JSON) -> JSON:
    resumed: JSON = good(api.delete(f"/v1/agents/{agent['id']}/pause"), 200)
    return resumed


def task_for(api: httpx.Client, agent: JSON) -> JSON:
    return make_task(api, required_capabilities=agent["capabilities"])


def fetch(api: httpx.Client, agent: JSON, **query: str) -> list[JSON]:
    path = f"/v1/agents/{agent['id']}/commands"
    found: list[JSON] = good(api.get(path, params={"status": "sent"} | query))["commands"]
    return found


def claim(api: httpx.Client, agent: JSON, **more: object) -> httpx.Response:
    return api.post("/v1/tasks/claim", json={"agent_id": agent["id"]} | more)


def test_a_pause_is_a_fact_beside_the_status(api: httpx.Client, agent: JSON) -> None:
    assert agent["paused_at"] is None
    paused = pause(api, agent, "Wrong branch")

    assert (paused["paused_by"], paused["pause_reason"]) == ("Developer", "Wrong branch")
    assert paused["status"] == agent["status"]
    assert resume(api, agent)["paused_at"] is None
    refused(api.delete(f"/v1/agents/{agent['id']}/pause"), 409, "AGENT_NOT_PAUSED")
    refused(api.post("/v1/agents/nope/pause"), 404, "AGENT_NOT_FOUND")


def test_a_paused_agents_claim_is_refused_with_the_reason(api: httpx.Client, agent: JSON) -> None:
    work = task_for(api, agent)
    pause(api, agent, "Wrong branch")

    details = refused(claim(api, agent), 409, "AGENT_PAUSED")["details"]
    assert (details["by"], details["reason"]) == ("Developer", "Wrong branch")
    path = f"/v1/tasks/{work['id']}/claim"
    refused(api.post(path, json={"agent_id": agent["id"]}), 409, "AGENT_PAUSED")
    resume(api, agent)
    assert good(claim(api, agent))["task"]["id"] == work["id"]


def test_a_claim_that_waits_ends_when_its_agent_is_paused(api: httpx.Client, agent: JSON) -> None:
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(claim, api, agent, wait=50)
        for _ in range(3):  # one that comes when the pause is there already waits for its end
            pause(api, agent)
            if futures.wait([waiting], 10).done:
                break
            resume(api, agent)
        assert waiting.done()
    refused(waiting.result(), 409, "AGENT_PAUSED")


def test_a_claim_that_comes_to_a_paused_agent_waits_for_the_end_of_the_pause(api: httpx.Client, agent: JSON) -> None:
    work = task_for(api, agent)
    pause(api, agent)
    with ThreadPoolExecutor() as pool:
        keyed = {"Idempotency-Key": unique("key")}
        body = {"agent_id": agent["id"], "wait": 40}
        waiting = pool.submit(api.post, "/v1/tasks/claim", json=body, headers=keyed)
        post_event(api, agent["id"])  # news that brings no work
        assert not waiting.done()
        resume(api, agent)
        assert good(waiting.result(30))["task"]["id"] == work["id"]


def test_a_claim_that_waits_in_vain_says_why(api: httpx.Client, agent: JSON) -> None:
    pause(api, agent)

    refused(claim(api, agent, wait=1), 409, "AGENT_PAUSED")


def test_an_answer_that_was_kept_is_given_again_to_a_paused_agent(api: httpx.Client, agent: JSON) -> None:
    """Contract I12: the same key gets the same answer."""
    task_for(api, agent)
    keyed = {"Idempotency-Key": unique("key")}
    first = api.post("/v1/tasks/claim", json={"agent_id": agent["id"]}, headers=keyed)
    pause(api, agent)

    again = api.post("/v1/tasks/claim", json={"agent_id": agent["id"]}, headers=keyed)
    assert again.json() == good(first)


def test_commands_are_taken_held_and_delivered_afterwards(api: httpx.Client, agent: JSON) -> None:
    before = send_command(api, agent["id"])
    pause(api, agent)
    after = send_command(api, agent["id"])

    assert (before["held"], after["held"]) == (False, True)
    assert fetch(api, agent) == []
    everything = good(api.get(f"/v1/agents/{agent['id']}/commands"))["commands"]
    assert [(c["id"], c["held"]) for c in everything] == [(before["id"], True), (after["id"], True)]
    resume(api, agent)
    assert [(c["id"], c["held"]) for c in fetch(api, agent)] == [(before["id"], False), (after["id"], False)]


def test_a_fetch_that_waits_is_answered_when_the_pause_ends(api: httpx.Client, agent: JSON) -> None:
    pause(api, agent)
    sent = send_command(api, agent["id"])
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(fetch, api, agent, wait="40")
        resume(api, agent)
        assert [command["id"] for command in waiting.result(30)] == [sent["id"]]


def test_a_fetch_is_woken_by_what_can_end_what_holds_it() -> None:
    wakes = commands.arrives("agt_1")

    assert wakes(News(1, "agent_updated", "agt_1"))
    assert wakes(News(1, "fleet_resumed", "stop_1"))
    assert not wakes(News(1, "agent_updated", "agt_2"))


def test_an_agents_own_key_sees_no_held_command_in_any_list(server: Served, api: httpx.Client, agent: JSON) -> None:
    key = good(api.post(f"/v1/agents/{agent['id']}/keys", json={}), 201)["key"]
    pause(api, agent)
    sent = send_command(api, agent["id"])
    path = f"/v1/agents/{agent['id']}/commands"
    with httpx.Client(base_url=server.url, headers={"X-Agent-Key": key}) as own:
        assert good(own.get(path))["commands"] == []
        refused(own.get(f"{path}/{sent['id']}"), 404, "COMMAND_NOT_FOUND")
        refused(own.delete(f"/v1/agents/{agent['id']}/pause"), 403)
        resume(api, agent)
        assert good(own.get(f"{path}/{sent['id']}"))["id"] == sent["id"]


def test_the_stream_does_not_set_a_paused_agent_to_work(server: Served, api: httpx.Client, agent: JSON) -> None:
    """Document 1's agents may wait for command_received and task_assigned instead of asking."""
    with Reader(server, token=server.token) as reader:
        reader.frame()
        pause(api, agent)
        sent = send_command(api, agent["id"])
        task = make_task(api, assigned_agent_id=agent["id"])
        mark = post_event(api, agent["id"])
        before = until(reader, mark["id"])
        resume(api, agent)
        after = [reader.frame()]
        while after[-1].event != "task_assigned":
            after.append(reader.frame())

    assert {frame.event for frame in before} == {"agent_event_created"}
    told = {(frame.event, *ids(frame.data)) for frame in after}
    assert ("command_received", sent["id"]) in told
    assert ("task_assigned", task["id"]) in told


def until(reader: Reader, event_id: str) -> list[object]:
    frames = []
    while not frames or frames[-1].data.get("event", {}).get("id") != event_id:
        frames.append(reader.frame())
    return list(frames)


def ids(data: JSON) -> list[str]:
    return [data[noun]["id"] for noun in ("command", "task", "event") if noun in data]


def test_the_forms_of_the_page_pause_and_resume(server: Served, api: httpx.Client, agent: JSON) -> None:
    path = f"/agents/{agent['id']}"
    with browser(server, server.token) as page:
        answer = page.post(f"{path}/pause", data={"reason": "Wrong <b>branch"})
        assert (answer.status_code, answer.headers["Location"]) == (303, path)
        html = page.get(path).text
        assert "Wrong &lt;b&gt;branch" in html
        assert "held until the agent is resumed" in html
        send_command(api, agent["id"])
        assert "Held while the agent is paused" in page.get(f"{path}/commands").text
        for where in ("/agents?view=table", "/agents?view=cards"):
            assert "Paused by Developer since" in page.get(where).text
        assert page.post(f"{path}/pause", data={"_method": "DELETE"}).status_code == 303
        again = page.post(f"{path}/pause", data={"_method": "DELETE"})
        assert again.status_code == 409
    assert eventually(lambda: read(api, f"/v1/agents/{agent['id']}")["paused_at"] is None)
