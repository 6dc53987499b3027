"""`fleet agents` and `fleet agent`: what they show is what is there, however agents are named."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.support.api import good, make_agent, make_todo, post_event, send_command, unique
from tests.support.shell import Program


def test_a_table_shows_what_each_agent_does(fleet: Program, api: httpx.Client) -> None:
    name = unique("reviewer")
    made = make_agent(api, name=name, worktree="/srv/shop", hostname="web-01", repo_path="/x" + name)
    good(api.patch(f"/v1/agents/{made['id']}", json={"status": "active", "progress": 40, "current_task": "Look"}))

    heading, line = fleet.says("agents", name).splitlines()

    assert heading.split() == ["STATE", "NAME", "HOST", "REPOSITORY", "TASK", "PROGRESS", "SEEN"]
    assert line.split()[:7] == ["Active", name, "web-01", "shop", "Look", "40", "%"]


def test_filters_are_the_servers(fleet: Program, api: httpx.Client) -> None:
    host = unique("host")
    wanted = make_agent(api, hostname=host, status="error")
    make_agent(api, hostname=host)

    found = fleet.gives("agents", "--host", host, "--state", "error")

    assert [agent["id"] for agent in found] == [wanted["id"]]


def test_who_needs_attention_stands_first_and_all_are_listed(fleet: Program, api: httpx.Client) -> None:
    host = unique("host")
    for status in ("idle", "active", "error"):
        make_agent(api, hostname=host, status=status)

    assert [agent["status"] for agent in fleet.gives("agents", "--host", host)] == ["error", "active", "idle"]
    assert len(fleet.gives("agents", "--host", host, "-n", "2")) == 2


def test_waiting_without_a_question_is_not_taken_for_answered(fleet: Program, api: httpx.Client) -> None:
    asked = make_agent(api, status="waiting_feedback", pending_question="Which?")
    silent = make_agent(api, status="waiting_feedback")
    good(api.post(f"/v1/agents/{asked['id']}/answer", json={"content": "This"}))

    assert fleet.says("agents", asked["name"]).splitlines()[1].startswith("Answer sent")
    assert fleet.says("agents", silent["name"]).splitlines()[1].startswith("Waiting for you")


def test_no_match_is_nothing_found(fleet: Program) -> None:
    assert "No agent matches" in fleet.fails(4, "agents", unique("nobody"))


def test_one_agent_is_shown_with_everything_about_it(fleet: Program, api: httpx.Client) -> None:
    made = make_agent(
        api, status="waiting_feedback", pending_question="Which database?", question_options=["SQLite", "PostgreSQL"]
    )
    make_todo(api, made["id"], text="Choose a database")
    send_command(api, made["id"], content="Mind the locks")
    post_event(api, made["id"], type="test", message="312 passed")

    shown = fleet.says("agent", made["name"])

    for expected in (
        made["id"],
        "Waiting for you",
        "Which database?",
        "• PostgreSQL",
        "[ ] Choose a database",
        "instruction, sent: Mind the locks",
        "test: 312 passed",
    ):
        assert expected in shown
    record = fleet.gives("agent", made["id"])
    assert (record["todos"][0]["text"], record["commands"][0]["type"]) == ("Choose a database", "instruction")


def test_the_beginning_of_an_id_or_of_a_name_is_enough(fleet: Program, api: httpx.Client) -> None:
    made = make_agent(api, name=f"Zebra {unique()}")

    for wanted in (made["id"][:12], made["id"][4:14], "zebra"):
        assert fleet.gives("agent", wanted)["id"] == made["id"]


def test_a_whole_name_wins_over_a_longer_one(fleet: Program, api: httpx.Client) -> None:
    name = unique("twin")
    made = make_agent(api, name=name)
    make_agent(api, name=f"{name} the second")

    assert fleet.gives("agent", name)["id"] == made["id"]


def test_an_ambiguous_name_lists_who_could_be_meant(fleet: Program, api: httpx.Client) -> None:
    word = unique("double")
    ids = [make_agent(api, name=f"{word} {letter}")["id"] for letter in "ab"]

    said = fleet.fails(2, "agent", word)

    assert all(agent_id in said for agent_id in ids)
    assert "Usage" not in said


@pytest.mark.parametrize("name", ["nobody-at-all", "agt_0000", "../tasks", " ", "ä/ö?#%"])
def test_an_agent_that_is_not_there_is_nothing_found(fleet: Program, name: str) -> None:
    assert "AGENT_NOT_FOUND" in fleet.fails(4, "agent", name)


def test_what_agents_write_cannot_act_on_a_terminal(fleet: Program, api: httpx.Client) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\x9b1m\r\u202e"
    name = unique("evil")
    made = make_agent(
        api,
        name=f"{name} {evil}",
        worktree=f"/srv/{evil}",
        status="waiting_feedback",
        pending_question=f"Now?\n{evil}",
        question_options=[evil],
        current_task=evil,
    )
    make_todo(api, made["id"], text=evil)
    send_command(api, made["id"], content=evil)
    post_event(api, made["id"], type=f"t{evil}"[:50], message=evil)

    shown = "".join(
        fleet.says(*words)
        for words in (
            ("agents", name),
            ("agent", made["id"]),
            ("events", made["id"]),
            ("agents", "--json", name),
        )
    )

    assert not set(shown) & {"\x1b", "\x07", "\x9b", "\r", "\u202e"}
    assert json.loads(fleet.says("agents", "--json", name))[0]["current_task"] == evil
