"""Stopping one agent over HTTP and on its page, and letting it go on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, make_task, post_event, read, refused, unique
from tests.support.event_stream import Reader
from tests.support.serving import Served
from tests.support.tokens import Token, browser, client, make_tokens
from tests.web.stops.test_views import pieces


@pytest.fixture(autouse=True)
def moving(api: httpx.Client) -> Iterator[None]:
    """No test leaves the fleet held, or anything in it."""
    yield
    if api.get("/v1/stops/current").status_code == 200:
        good(api.post("/v1/stops/current/resumption"), 200)
    for noun in ("agents", "tasks"):
        for each in read(api, f"/v1/{noun}?limit=1000")[noun]:
            good(api.delete(f"/v1/{noun}/{each['id']}"))


@pytest.fixture(scope="module")
def tokens(server: Served) -> dict[str, Token]:
    """A viewer's and an operator's."""
    return dict(zip(("viewer", "operator"), make_tokens(server, [("viewer",), ("operator",)]), strict=True))


def stop(api: httpx.Client, agent: JSON, **more: object) -> JSON:
    made: JSON = good(api.post("/v1/stops", json={"kind": "stop", "agent_id": agent["id"]} | more), 201)
    return made


def claim(api: httpx.Client, agent: JSON) -> httpx.Response:
    return api.post("/v1/tasks/claim", json={"agent_id": agent["id"]})


def test_a_stop_names_its_agent_and_is_whole_with_its_answer(api: httpx.Client) -> None:
    ada, other = make_agent(api, name="Ada"), make_agent(api)
    work = make_task(api)
    fence = good(claim(api, ada))["lease"]["fence"]
    made = stop(api, ada, reason="Wrong branch")

    assert (made["agent_id"], made["agent_name"], made["active"], made["whole"]) == (ada["id"], "Ada", True, True)
    assert (made["told"], made["acknowledged"]) == (1, 0)
    [answer] = read(api, f"/v1/stops/{made['id']}")["acknowledgements"]
    assert [task["fence"] for task in answer["tasks"]] == [fence]
    shown = read(api, f"/v1/agents/{ada['id']}")
    assert (shown["stop_id"], shown["paused_by"], shown["pause_reason"]) == (made["id"], "Developer", "Wrong branch")
    assert read(api, "/v1/stops")["stops"][0]["agent_name"] == "Ada"
    assert refused(claim(api, ada), 409, "AGENT_STOPPED")["details"]["stop_id"] == made["id"]
    assert good(claim(api, other))["task"]["id"] == work["id"]
    assert api.get("/v1/stops/current").status_code == 404, "the fleet is not held"


def test_its_resumption_lets_it_go_on(api: httpx.Client) -> None:
    ada = make_agent(api)
    make_task(api)
    made = stop(api, ada)
    ended = good(api.post(f"/v1/stops/{made['id']}/resumption"), 200)

    assert (ended["active"], ended["resumed_by"]) == (False, "Developer")
    assert read(api, f"/v1/agents/{ada['id']}")["stop_id"] is None
    assert good(claim(api, ada))
    refused(api.post(f"/v1/stops/{made['id']}/resumption"), 409, "STOP_IS_OVER")


def test_what_cannot_be_is_refused(api: httpx.Client) -> None:
    ada = make_agent(api)
    refused(api.post("/v1/stops", json={"kind": "stop", "agent_id": "agt_gone"}), 404, "AGENT_NOT_FOUND")
    refused(api.post("/v1/stops", json={"kind": "pause", "agent_id": ada["id"]}), 400, "INVALID_KIND")
    refused(api.post("/v1/stops", json={"agent_id": ada["id"]}), 400, "MISSING_KIND")
    refused(api.post("/v1/stops", json={"kind": "stop", "agent_id": 7}), 400, "INVALID_AGENT_ID")
    made = stop(api, ada)
    again = refused(api.post("/v1/stops", json={"kind": "stop", "agent_id": ada["id"]}), 409, "AGENT_ALREADY_STOPPED")
    assert again["details"]["stop_id"] == made["id"]


def test_the_same_request_twice_is_one_stop(api: httpx.Client) -> None:
    ada, keyed = make_agent(api), {"Idempotency-Key": unique("key")}
    body = {"kind": "stop", "agent_id": ada["id"]}
    answers = [api.post("/v1/stops", json=body, headers=keyed) for _ in range(2)]

    assert good(answers[0], 201) == good(answers[1], 201)


def test_neither_a_viewer_nor_an_agent_stops_anybody(
    server: Served, api: httpx.Client, tokens: dict[str, Token]
) -> None:
    ada = make_agent(api)
    key = good(api.post(f"/v1/agents/{ada['id']}/keys", json={}))["key"]
    for secret in (tokens["viewer"].secret, key):
        with client(server, secret) as other:
            refused(other.post("/v1/stops", json={"kind": "stop", "agent_id": ada["id"]}), 403, "FORBIDDEN")
    with browser(server, tokens["viewer"].secret) as page:
        html = page.get(f"/agents/{ada['id']}").text
        assert "Stop agent" not in html
        assert page.get(f"/stops/new?agent_id={ada['id']}").status_code == 403
        assert page.post("/stops", data={"kind": "stop", "agent_id": ada["id"]}).status_code == 403
    made = stop(api, ada, reason="Fire")
    with browser(server, tokens["viewer"].secret) as page:
        html = page.get(f"/agents/{ada['id']}").text
        assert "not acknowledged yet" in html
        assert "/resumption" not in page.get(f"/stops/{made['id']}").text


def test_the_form_without_scripts_stops_it_and_leads_to_the_report(
    server: Served, api: httpx.Client, tokens: dict[str, Token]
) -> None:
    ada = make_agent(api, name="<i>Ada</i>")
    with browser(server, tokens["operator"].secret) as page:
        form = page.get(f"/stops/new?agent_id={ada['id']}").text
        assert "Stop <bdi>&lt;i&gt;Ada" in form
        assert "goes back into the queue" in form
        assert page.get("/stops/new?agent_id=agt_gone").status_code == 404
        fields = {"kind": "stop", "agent_id": ada["id"], "reason": "Fire"}
        answer = page.post("/stops", data=fields)
        stop_id = read(api, f"/v1/agents/{ada['id']}")["stop_id"]
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/stops/{stop_id}")
        report = page.get(f"/stops/{stop_id}").text
        assert "Stop of <bdi>&lt;i&gt;Ada" in report
        assert "&lt;i&gt;Ada&lt;/i&gt;</bdi> stopped by" in page.get("/stops").text
        twice = page.post("/stops", data=fields)
        assert twice.status_code == 409
        assert "has stopped this agent already" in twice.text
        assert f'href="/stops/{stop_id}"' in twice.text


def test_the_agents_page_stops_it_in_place_and_says_so(
    server: Served, api: httpx.Client, tokens: dict[str, Token]
) -> None:
    ada = make_agent(api, status="active")
    with browser(server, tokens["operator"].secret) as page:
        assert "Stop agent" in page.get(f"/agents/{ada['id']}").text
        answer = page.post(
            "/stops", data={"kind": "stop", "agent_id": ada["id"], "reason": "Fire"}, headers={"HX-Request": "true"}
        )
        assert answer.status_code == 204
        html = page.get(f"/agents/{ada['id']}").text
        assert "Stop agent" not in html
        assert "Resume" in html
        assert "Stopped" in page.get("/agents?view=table").text
        assert "Stopped" in page.get("/agents?view=cards").text
        told = page.get(f"/agents/{ada['id']}/commands").text
        assert "held until the agent is resumed" in told
        assert "Sent, not read yet" in told, "the stop's own command is not held"
        unpaused = page.post(f"/agents/{ada['id']}/pause", data={"_method": "DELETE"})
        assert unpaused.status_code == 303
    assert read(api, f"/v1/agents/{ada['id']}")["stop_id"] is None


def test_an_open_page_follows_the_stop_and_its_answer(server: Served, api: httpx.Client) -> None:
    ada = make_agent(api, status="active")
    headers = {"Authorization": f"Bearer {server.token}"}
    with Reader(server, path="/live", headers=headers, topic=f"agent/{ada['id']}") as reader:
        made = stop(api, ada, reason="Fire")
        assert "not acknowledged yet" in pieces(reader, "not acknowledged yet")
        path = f"/v1/agents/{ada['id']}/commands"
        [told] = [each for each in read(api, f"{path}?status=sent")["commands"] if each["stop_id"] == made["id"]]
        good(api.patch(f"{path}/{told['id']}", json={"status": "acknowledged"}))
        assert made["id"] in pieces(reader, ">acknowledged</a>")
        good(api.post(f"/v1/stops/{made['id']}/resumption"), 200)
        assert "Pause agent" in pieces(reader, "Pause agent")


def test_the_fleets_stop_and_resumption_pass_it_by(api: httpx.Client) -> None:
    ada = make_agent(api)
    made = stop(api, ada)
    good(api.post("/v1/stops", json={"kind": "stop"}), 201)
    refused(claim(api, ada), 409, "FLEET_STOPPED")
    good(api.post("/v1/stops/current/resumption"), 200)

    refused(claim(api, ada), 409, "AGENT_STOPPED")
    assert read(api, f"/v1/stops/{made['id']}")["active"] is True
    assert read(api, "/v1/fleet/status")["paused"] is False


def test_its_activity_says_who_stopped_it(api: httpx.Client) -> None:
    ada = make_agent(api)
    post_event(api, ada["id"])
    stop(api, ada, reason="Fire")

    newest = read(api, f"/v1/agents/{ada['id']}/events?limit=1")["events"][0]
    assert (newest["type"], newest["message"]) == ("stopped", "Stopped by Developer: Fire")


def test_the_audit_says_whom_it_was(server: Served, api: httpx.Client) -> None:
    ada = make_agent(api, name="stop")
    made = stop(api, ada)
    good(api.post(f"/v1/stops/{made['id']}/resumption"), 200)
    with browser(server, server.token) as page:
        html = page.get(f"/audit?subject={made['id']}").text
    deeds = [
        re.sub(r"<[^>]+>", "", deed).strip() for deed in re.findall(r'audit-deed cut">(.*?)</span>', html, re.DOTALL)
    ]
    assert [" ".join(deed.split()[:3]) for deed in deeds] == ["resumed agent stop", "stopped agent stop"]
