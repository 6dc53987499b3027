"""Stopping the fleet over HTTP: frozen with the answer, told and answered, resumed by a person."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.api import JSON, PATIENCE, good, make_agent, make_task, read, refused, send_command, unique
from tests.support.database import query
from tests.support.event_stream import Reader
from tests.support.serving import Served
from tests.support.tokens import Token, browser, client, make_tokens


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


def stop(api: httpx.Client, kind: str = "stop", **more: object) -> JSON:
    made: JSON = good(api.post("/v1/stops", json={"kind": kind} | more), 201)
    return made


def resume(api: httpx.Client) -> JSON:
    ended: JSON = good(api.post("/v1/stops/current/resumption"), 200)
    return ended


def claim(api: httpx.Client, agent: JSON, **more: object) -> httpx.Response:
    return api.post("/v1/tasks/claim", json={"agent_id": agent["id"]} | more)


def fetch(api: httpx.Client, agent: JSON) -> list[JSON]:
    found: list[JSON] = good(api.get(f"/v1/agents/{agent['id']}/commands?status=sent"))["commands"]
    return found


def test_a_stop_is_whole_with_its_answer(api: httpx.Client) -> None:
    holder, active = make_agent(api, name="Holder"), make_agent(api, name="Active", status="active")
    work = make_task(api)
    fence = good(claim(api, holder))["lease"]["fence"]
    made = stop(api, reason="Wrong branch")

    assert (made["kind"], made["reason"], made["by"], made["active"]) == (
        "stop",
        "Wrong branch",
        "Developer",
        True,
    )
    assert (made["whole"], made["told"], made["acknowledged"]) == (True, 2, 0)
    shown = read(api, f"/v1/stops/{made['id']}")
    by_name = {answer["agent_name"]: answer for answer in shown["acknowledgements"]}
    assert by_name["Active"]["tasks"] == []
    taken = {"id": work["id"], "number": work["number"], "title": work["title"], "fence": fence}
    assert by_name["Holder"]["tasks"] == [taken]
    assert [claim["ending"] for claim in read(api, f"/v1/tasks/{work['id']}/claims")["claims"]] == ["stopped"]
    late = api.post(f"/v1/tasks/{work['id']}/completion", json={"fence": fence, "result": "Done"})
    refused(late, 409, "STALE_FENCE")
    assert fetch(api, active)[0]["stop_id"] == made["id"]


def test_a_fleet_larger_than_a_chunk_is_told_before_the_answer_too(api: httpx.Client) -> None:
    agents = [make_agent(api, status="active") for _ in range(60)]
    made = stop(api)

    shown = read(api, "/v1/stops/current")
    assert (shown["id"], shown["told"], shown["whole"]) == (made["id"], len(agents), True)


@pytest.mark.parametrize(("kind", "code"), [("pause", "FLEET_PAUSED"), ("stop", "FLEET_STOPPED")])
def test_claims_are_refused_until_somebody_resumes(api: httpx.Client, kind: str, code: str) -> None:
    agent, work = make_agent(api), make_task(api, priority="urgent")
    made = stop(api, kind, reason="Fire")

    details = refused(claim(api, agent), 409, code)["details"]
    assert (details["stop_id"], details["reason"]) == (made["id"], "Fire")
    assert read(api, "/v1/fleet/status")["stop"]["id"] == made["id"]
    ended = resume(api)
    assert (ended["active"], ended["resumed_by"]) == (False, "Developer")
    assert good(claim(api, agent))["task"]["id"] == work["id"]
    assert read(api, "/v1/fleet/status")["paused"] is False


def test_a_claim_that_waits_ends_with_the_stop(api: httpx.Client) -> None:
    agent = make_agent(api, capabilities=[unique("skill")])
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(claim, api, agent, wait=40)
        while not waiting.done():
            stop(api)
            resume(api)
    refused(waiting.result(), 409, "FLEET_STOPPED")


def test_new_commands_and_assignments_are_taken_and_held(api: httpx.Client) -> None:
    agent = make_agent(api)
    stop(api, "pause")
    sent = send_command(api, agent["id"])
    make_task(api, assigned_agent_id=agent["id"])

    assert sent["held"] is True
    assert fetch(api, agent) == []
    resume(api)
    assert [(command["id"], command["held"]) for command in fetch(api, agent)] == [(sent["id"], False)]


def test_an_answer_is_seen_in_the_report_and_in_the_list(api: httpx.Client) -> None:
    quick, slow = make_agent(api, status="active"), make_agent(api, status="active")
    made = stop(api)
    [told] = fetch(api, quick)
    good(api.patch(f"/v1/agents/{quick['id']}/commands/{told['id']}", json={"status": "acknowledged"}))

    answers = {a["agent_id"]: a for a in read(api, f"/v1/stops/{made['id']}")["acknowledgements"]}
    assert (answers[quick["id"]]["outcome"], answers[slow["id"]]["outcome"]) == ("acknowledged", None)
    assert answers[quick["id"]]["acknowledged_at"] > made["at"]
    assert read(api, "/v1/stops")["stops"][0]["acknowledged"] == 1


def test_there_is_one_stop_at_a_time_and_a_stop_follows_a_pause(api: httpx.Client) -> None:
    paused = stop(api, "pause")
    refused(api.post("/v1/stops", json={"kind": "pause"}), 409, "FLEET_ALREADY_PAUSED")
    made = stop(api)
    error = refused(api.post("/v1/stops", json={"kind": "stop"}), 409, "FLEET_ALREADY_STOPPED")

    assert error["details"]["stop_id"] == made["id"]
    assert read(api, f"/v1/stops/{paused['id']}")["followed_by"] == made["id"]
    refused(api.post(f"/v1/stops/{paused['id']}/resumption"), 409, "STOP_IS_OVER")


def test_what_is_not_there_and_what_is_not_said_is_refused(api: httpx.Client) -> None:
    refused(api.get("/v1/stops/nope"), 404, "STOP_NOT_FOUND")
    refused(api.get("/v1/stops/current"), 404, "STOP_NOT_FOUND")
    refused(api.post("/v1/stops/current/resumption"), 404, "STOP_NOT_FOUND")
    refused(api.post("/v1/stops", json={}), 400, "MISSING_KIND")
    refused(api.post("/v1/stops", json={"kind": "halt"}), 400, "INVALID_KIND")


def test_the_same_request_twice_is_one_stop(api: httpx.Client) -> None:
    keyed = {"Idempotency-Key": unique("key")}
    answers = [api.post("/v1/stops", json={"kind": "stop"}, headers=keyed) for _ in range(2)]

    assert good(answers[0], 201) == good(answers[1], 201)


def test_no_claim_that_races_a_stop_leaves_a_live_lease(server: Served, api: httpx.Client) -> None:
    """Contract I10: whichever commits first, after the stop's answer no lease is live."""
    agents = [make_agent(api) for _ in range(8)]
    for _ in range(6):
        for _ in range(12):
            make_task(api)
        with ThreadPoolExecutor(len(agents) + 1) as pool:

            def claim_on(agent: JSON) -> int:
                with client(server, server.token) as own:
                    taken = 0
                    while (answer := claim(own, agent)).status_code == 200:
                        taken += 1
                    assert answer.status_code in (204, 409), answer.text
                    return taken

            racing = [pool.submit(claim_on, agent) for agent in agents]
            stop(api)
            live = query(server.database, "SELECT count(*) AS n FROM tasks WHERE lease_expires_at IS NOT NULL")
            for each in racing:
                each.result()
        open_claims = query(server.database, "SELECT count(*) AS n FROM task_claims WHERE ended_at IS NULL")
        assert (live[0]["n"], open_claims[0]["n"]) == (0, 0)
        resume(api)


def test_a_viewer_reads_the_report_and_is_offered_nothing(
    server: Served, api: httpx.Client, tokens: dict[str, Token]
) -> None:
    made = stop(api, reason="Fire")
    with client(server, tokens["viewer"].secret) as viewer:
        assert read(viewer, f"/v1/stops/{made['id']}")["reason"] == "Fire"
        refused(viewer.post("/v1/stops", json={"kind": "pause"}), 403, "FORBIDDEN")
        refused(viewer.post("/v1/stops/current/resumption"), 403, "FORBIDDEN")
    with browser(server, tokens["viewer"].secret) as page:
        for path in ("/", "/stops", f"/stops/{made['id']}", "/agents"):
            html = page.get(path).text
            assert "Fleet is stopped" in html
            assert "resumption" not in html
            assert "data-stop" not in html
        assert page.get("/stops/new").status_code == 403
        resume(api)
        html = page.get("/").text
        assert "Stop all" not in html
        assert "stop-dialog" not in html


def test_the_pages_form_stops_the_fleet_only_with_its_box_ticked(
    server: Served, api: httpx.Client, tokens: dict[str, Token]
) -> None:
    with browser(server, tokens["operator"].secret) as page:
        assert "Stop all" in page.get("/tasks").text
        unsure = page.post("/stops", data={"kind": "stop", "reason": "Fire"})
        assert unsure.status_code == 400
        assert "Tick the box" in unsure.text
        assert 'value="Fire"' in unsure.text
        assert api.get("/v1/stops/current").status_code == 404

        sure = page.post("/stops", data={"kind": "stop", "reason": "Fire", "confirm": "yes"})
        made = read(api, "/v1/stops/current")
        assert (sure.status_code, sure.headers["Location"]) == (303, f"/stops/{made['id']}")
        assert made["by"] == "operator-1"
        twice = page.post("/stops", data={"kind": "stop", "confirm": "yes"})
        assert twice.status_code == 409
        assert "has stopped the fleet already" in twice.text
        answer = page.post(f"/stops/{made['id']}/resumption")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/stops/{made['id']}")
        assert page.post(f"/stops/{made['id']}/resumption").status_code == 409


def test_every_page_says_that_the_fleet_is_held(server: Served, api: httpx.Client, tokens: dict[str, Token]) -> None:
    agent = make_agent(api, status="active")
    send_command(api, agent["id"])
    made = stop(api, reason="<b>Fire")
    pages = (
        "/",
        "/agents",
        "/agents/new",
        f"/agents/{agent['id']}",
        "/tasks",
        "/tasks/new",
        "/activity",
        "/stops",
        "/stops/new",
        f"/stops/{made['id']}",
        "/search",
        "/nope",
    )
    with browser(server, tokens["operator"].secret) as page:
        for path in pages:
            html = page.get(path).text
            assert "Fleet is stopped" in html, path
            assert "&lt;b&gt;Fire" in html, path
            assert "0 of 1 acknowledged" in html, path
        commands = page.get(f"/agents/{agent['id']}/commands").text
        assert "Held while the fleet is stopped" in commands
        resume(api)
        assert "Fleet is stopped" not in page.get("/").text
        assert "Never answered" in page.get(f"/stops/{made['id']}").text


def test_the_banner_comes_and_goes_on_an_open_page(server: Served, api: httpx.Client) -> None:
    agent = make_agent(api, status="active")
    headers = {"Authorization": f"Bearer {server.token}"}
    reader = Reader(server, path="/live", headers=headers, topic="frame")
    with reader:
        stop(api, reason="Fire")
        seen = pieces(reader, "Fleet is stopped")
        assert 'hx-target="#stop-banner"' in seen
        assert "0 of 1 acknowledged" in seen
        good(api.patch(f"/v1/agents/{agent['id']}", json={"status": "idle"}))
        assert "1 of 1 acknowledged" in pieces(reader, "1 of 1")
        resume(api)
        gone = pieces(reader, "Stop all</a>")
        assert "Fleet is stopped" not in gone


def pieces(reader: Reader, wanted: str) -> str:
    """The first frame of the page's stream with these words in it."""
    deadline = time.monotonic() + PATIENCE
    while (lines := reader.block()) is not None and time.monotonic() < deadline:
        text = "\n".join(lines)
        if wanted in text:
            return text
    raise AssertionError(f"never came: {wanted}")


def test_a_held_command_changes_its_words_on_the_agents_open_page(server: Served, api: httpx.Client) -> None:
    agent = make_agent(api)
    send_command(api, agent["id"])
    headers = {"Authorization": f"Bearer {server.token}"}
    with Reader(server, path="/live", headers=headers, topic=f"agent/{agent['id']}?tab=commands") as reader:
        stop(api, "pause")
        assert "#command-delivery" in pieces(reader, "Held while the fleet is paused")
        resume(api)
        assert "Sent, not read yet" in pieces(reader, "Sent, not read yet")


def test_a_report_follows_its_agents(server: Served, api: httpx.Client) -> None:
    agent = make_agent(api, name="Rosalind", status="active")
    made = stop(api)
    headers = {"Authorization": f"Bearer {server.token}"}
    with Reader(server, path="/live", headers=headers, topic=f"stop/{made['id']}") as reader:
        good(api.patch(f"/v1/agents/{agent['id']}", json={"status": "finished"}))
        assert "Finished" in pieces(reader, "1 of 1")
        good(api.patch(f"/v1/agents/{agent['id']}", json={"status": "active"}))
        assert "#stop-answers" in pieces(reader, "Active")


def test_a_report_says_of_each_agent_what_its_own_page_says(server: Served, api: httpx.Client) -> None:
    asks = make_agent(api, name="Asker", status="waiting_feedback", pending_question="Now?")
    make_agent(api, name="Worker", status="active")
    good(api.post(f"/v1/agents/{asks['id']}/answer", json={"content": "Yes"}), 201)
    made = stop(api)

    with browser(server, server.token) as person:
        page = person.get(f"/stops/{made['id']}").text
    words = {
        line.split("<bdi>")[1].split("<")[0]: line.split("Now: </span>")[1].split("<")[0].strip()
        for line in page.split('<li class="stop-answer"')[1:]
    }
    assert words == {"Asker": "Answer sent", "Worker": "Active"}
