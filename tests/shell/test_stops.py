"""`fleet stop-all`, `fleet pause`, `fleet resume`."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.support.api import JSON, eventually, good, make_agent, make_task, read
from tests.support.shell import Program


@pytest.fixture(autouse=True)
def empty(api: httpx.Client) -> Iterator[None]:
    """Nobody there, and the fleet not held, before the next test."""
    yield
    if api.get("/v1/stops/current").status_code == 200:
        good(api.post("/v1/stops/current/resumption"), 200)
    for agent in read(api, "/v1/agents?limit=1000")["agents"]:
        good(api.delete(f"/v1/agents/{agent['id']}"))


def acknowledge(api: httpx.Client, agent: JSON) -> None:
    path = f"/v1/agents/{agent['id']}/commands"
    [told] = eventually(lambda: read(api, f"{path}?status=sent")["commands"])
    good(api.patch(f"{path}/{told['id']}", json={"status": "acknowledged"}))


def test_stop_all_prints_who_answers_and_ends_well_when_all_have(fleet: Program, api: httpx.Client) -> None:
    holder, active = make_agent(api, name="Holder"), make_agent(api, name="Active", status="active")
    task = make_task(api)
    good(api.post("/v1/tasks/claim", json={"agent_id": holder["id"]}))
    with fleet.running("stop-all", "--reason", "Wrong branch", "--wait", "50") as process:
        acknowledge(api, holder)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Holder  acknowledged after ")
        good(api.patch(f"/v1/agents/{active['id']}", json={"status": "idle"}))
        output, errors = process.communicate(timeout=50)

    assert process.returncode == 0, errors
    assert output.startswith("Active  became idle after ")
    assert "told: 2" in errors
    assert read(api, "/v1/stops/current")["reason"] == "Wrong branch"
    assert read(api, f"/v1/tasks/{task['id']}")["status"] == "pending"


def test_who_has_not_answered_is_named_and_the_exit_code_says_so(fleet: Program, api: httpx.Client) -> None:
    make_agent(api, name="Deaf\x1b[31m", status="active")

    said = fleet.fails(1, "stop-all", "--wait", "0")
    assert "1 of 1 have not acknowledged: Deaf" in said
    assert "\x1b" not in said


def test_a_second_stop_all_waits_for_the_first_ones_answers(fleet: Program, api: httpx.Client) -> None:
    agent = make_agent(api, status="active")
    fleet.fails(1, "stop-all", "--wait", "0")
    acknowledge(api, agent)

    assert "acknowledged after" in fleet.says("stop-all", "--wait", "0")


def test_stop_all_for_programs_is_the_report(fleet: Program, api: httpx.Client) -> None:
    ended = fleet.gives("stop-all")

    assert ended == read(api, f"/v1/stops/{ended['id']}")
    assert (ended["kind"], ended["told"], ended["acknowledgements"]) == ("stop", 0, [])


def test_the_fleet_is_paused_and_resumed(fleet: Program, api: httpx.Client) -> None:
    assert "paused" in fleet.says("pause", "--reason", "Lunch")
    assert read(api, "/v1/stops/current")["reason"] == "Lunch"
    assert "FLEET_ALREADY_PAUSED" in fleet.fails(1, "pause")
    assert fleet.gives("resume")["active"] is False
    assert "STOP_NOT_FOUND" in fleet.fails(4, "resume")


def test_an_agent_is_paused_and_resumed_by_its_name(fleet: Program, api: httpx.Client) -> None:
    agent = make_agent(api, name="Painter")
    assert fleet.says("pause", "pain", "--reason", "Wet paint") == "Painter is paused.\n"
    assert "by Developer: Wet paint" in fleet.says("agent", "pain")
    assert "AGENT_PAUSED" in fleet.fails(1, "claim", agent["id"])

    assert fleet.says("resume", "pain") == "Painter goes on.\n"
    assert "AGENT_NOT_PAUSED" in fleet.fails(1, "resume", "pain")
    assert "AGENT_NOT_FOUND" in fleet.fails(4, "pause", "Nobody")


def test_one_agent_is_stopped_waited_for_and_let_go_on(fleet: Program, api: httpx.Client) -> None:
    ada, other = make_agent(api, name="Ada", status="active"), make_agent(api, name="Other", status="active")
    said = fleet.fails(1, "stop", "Ada", "--reason", "Wrong branch", "--wait", "0")
    assert "Ada has not acknowledged. It stays stopped." in said
    assert read(api, f"/v1/agents/{other['id']}")["stop_id"] is None
    with fleet.running("stop", "Ada", "--wait", "50") as process:
        acknowledge(api, ada)
        output, errors = process.communicate(timeout=50)

    assert process.returncode == 0, errors
    assert output.startswith("Ada  acknowledged after ")
    assert "has stopped this agent already" in errors
    assert "stopped" in fleet.says("agent", "Ada")
    assert fleet.says("resume", "Ada").strip() == "Ada goes on."
    assert read(api, f"/v1/agents/{ada['id']}")["stop_id"] is None
