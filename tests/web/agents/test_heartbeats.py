"""Document 4's heartbeat: an upsert by hostname, machine address and repository path."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests.support.api import JSON, beat, everything, good, make_agent, read, refused, unique
from tests.support.serving import Served
from tests.support.tokens import client, make_token

IDENTITY = ("hostname", "machine_address", "repo_path")


def identity() -> dict[str, str]:
    return {"hostname": unique("host"), "machine_address": "10.0.0.7", "repo_path": "/srv/app"}


def sha256(who: dict[str, str]) -> str:
    return hashlib.sha256(":".join(who[name] for name in IDENTITY).encode()).hexdigest()


@pytest.fixture(scope="module")
def another(server: Served) -> Iterator[httpx.Client]:
    """A client with another credential."""
    with client(server, make_token(server, "operator").secret) as other:
        yield other


def test_the_id_is_the_first_eight_digits_of_the_identitys_hash(api: httpx.Client) -> None:
    who = identity()

    assert good(beat(api, **who), 200)["id"] == f"agt_{sha256(who)[:8]}"


def test_the_first_beat_creates_and_the_second_refreshes_both_with_200(api: httpx.Client) -> None:
    who = identity()

    first, second = good(beat(api, **who), 200), good(beat(api, **who), 200)

    assert (first["version"], second["version"]) == (1, 2)
    assert first["id"] == second["id"]
    assert second["last_seen_at"] > first["last_seen_at"]
    assert second["created_at"] == first["created_at"]
    assert second["connection"] == "online"
    assert {name: first[name] for name in IDENTITY} == who
    assert read(api, f"/v1/agents?hostname={who['hostname']}")["total"] == 1


def test_beats_do_not_raise_the_edition(api: httpx.Client) -> None:
    who = identity()
    agent = good(beat(api, **who))
    path = f"/v1/agents/{agent['id']}"
    edition = api.get(path).headers["ETag"]

    for progress in (10, 20, 30):
        good(beat(api, **who, status="active", progress=progress))

    assert api.get(path).headers["ETag"] == edition
    assert good(api.patch(path, json={"name": "Mine"}, headers={"If-Match": edition}))["progress"] == 30


@pytest.mark.parametrize("lists", [{}, {"issue_ids": None, "capabilities": None, "tags": None}])
def test_lists_that_are_null_or_missing_are_empty(api: httpx.Client, lists: JSON) -> None:
    agent = good(beat(api, **lists))

    assert (agent["issue_ids"], agent["capabilities"], agent["tags"]) == ([], [], [])


def test_a_missing_list_stays_and_a_null_one_is_emptied(api: httpx.Client) -> None:
    who = identity()
    good(beat(api, **who, issue_ids=["TRCKR-280"], capabilities=["python"]))

    assert good(beat(api, **who))["issue_ids"] == ["TRCKR-280"]
    assert good(beat(api, **who, issue_ids=None))["issue_ids"] == []
    assert good(beat(api, **who))["capabilities"] == ["python"]


def test_a_beat_says_what_a_report_may_say(api: httpx.Client) -> None:
    report = {
        "status": "waiting_feedback",
        "pending_question": "Which?",
        "question_options": ["a", "b"],
        "progress": 40,
        "files_changed": 2,
        "lines_added": 7,
        "lines_removed": 1,
        "last_commit": "abc",
        "current_task": "Tests",
        "tags": ["blue"],
    }

    agent = good(beat(api, **report))

    assert {name: agent[name] for name in report} == report


def test_a_name_is_made_up_until_somebody_gives_one(api: httpx.Client) -> None:
    who = identity()
    agent = good(beat(api, **who))
    assert agent["name"] == f"{who['hostname']} app"
    assert agent["worktree"] == who["repo_path"]

    good(api.patch(f"/v1/agents/{agent['id']}", json={"name": "Mine"}))

    assert good(beat(api, **who))["name"] == "Mine"


def test_the_alias_under_api_is_the_same_endpoint(api: httpx.Client) -> None:
    who = identity()
    good(beat(api, **who))

    again = good(api.post("/api/agents/heartbeat", json=who), 200)

    assert (again["id"], again["version"]) == (f"agt_{sha256(who)[:8]}", 2)
    refused(api.post("/api/agents/heartbeat", json={}), 400, "MISSING_HOSTNAME")


def test_the_same_hash_of_another_identity_gets_a_longer_prefix_and_takes_nothing(
    server: Served, api: httpx.Client
) -> None:
    who = identity()
    short = f"agt_{sha256(who)[:8]}"
    forged = make_agent(api, name="There before")
    with closing(sqlite3.connect(server.database, timeout=10)) as database, database:
        database.execute("UPDATE agents SET id = ? WHERE id = ?", (short, forged["id"]))
    before = read(api, f"/v1/agents/{short}")

    first, second = good(beat(api, **who)), good(beat(api, **who))

    assert first["id"] == second["id"] == f"agt_{sha256(who)[:12]}"
    assert second["version"] == 2
    assert read(api, f"/v1/agents/{short}") == before


def test_another_credentials_record_is_refused(api: httpx.Client, another: httpx.Client) -> None:
    who = identity()
    good(beat(another, **who, status="active"))
    before = everything(api)

    refused(beat(api, **who, status="error"), 403, "AGENT_OF_ANOTHER_CREDENTIAL")

    assert everything(api) == before
    assert good(beat(another, **who))["status"] == "active"


def test_an_agent_that_was_added_by_hand_belongs_to_the_first_that_beats(
    api: httpx.Client, another: httpx.Client
) -> None:
    who = identity()
    made = make_agent(api, **who)

    assert good(beat(another, **who))["id"] == made["id"]
    refused(beat(api, **who), 403, "AGENT_OF_ANOTHER_CREDENTIAL")


def test_a_deleted_agents_successor_inherits_nothing(api: httpx.Client) -> None:
    who = identity()
    agent = good(beat(api, **who, current_task="Secret"))
    path = f"/v1/agents/{agent['id']}"
    good(api.post(f"{path}/commands", json={"content": "for the first one"}))
    good(api.delete(path), 204)
    refused(api.get(path), 404)

    successor = good(beat(api, **who))

    assert (successor["id"], successor["version"], successor["current_task"]) == (agent["id"], 1, None)
    assert read(api, f"{path}/commands") == {"commands": []}


def test_a_part_of_the_identity_may_not_be_missing_or_empty(api: httpx.Client) -> None:
    for name in IDENTITY:
        who = identity()
        refused(beat(api, **who | {name: ""}), 400, f"MISSING_{name.upper()}")
        refused(beat(api, **who | {name: None}), 400, f"INVALID_{name.upper()}")
        body = {k: v for k, v in who.items() if k != name}
        refused(api.post("/v1/agents/heartbeat", json=body), 400, f"MISSING_{name.upper()}")


def test_the_list_sorts_by_last_seen_on_request(api: httpx.Client) -> None:
    who, other = identity(), identity()
    ids = [good(beat(api, **each))["id"] for each in (who, other, who)]

    found = [agent["id"] for agent in read(api, "/v1/agents?sort=last_seen&status=online&limit=2")["agents"]]

    assert found == ids[:0:-1]
