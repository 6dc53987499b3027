"""Every write leaves an entry, in its own transaction: who, from where, what; never a value that was sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from fleet.app import create_app
from fleet.config import Settings
from fleet.web.security.origins import SAFE
from tests.support.api import good, make_agent, make_task, make_todo, refused, unique
from tests.support.successful_actions import Acts, Place, placed, signed_in
from tests.support.tokens import client


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with placed(tmp_path_factory.mktemp("audited")) as made:
        yield made


def unsafe_actions(folder: Path) -> set[str]:
    """Every action of the application that may change something."""
    rules = create_app(Settings(database=str(folder / "unused.db"))).url_map.iter_rules()
    return {rule.endpoint.removeprefix("v1_") for rule in rules if (rule.methods or set()) - set(SAFE)}


def test_every_unsafe_route_leaves_an_entry_when_it_succeeds(place: Place, tmp_path: Path) -> None:
    known = Acts(place).known()
    assert unsafe_actions(tmp_path) == set(known), "a new route is to be tried here, too"

    for action, act in known.items():
        before = place.head()
        answer = act()
        assert answer.is_success, f"{action}: {answer.status_code} {answer.text[:300]}"
        told = [row for row in place.entries(before) if row["action"] == action]
        assert told, f"{action} left no entry"
        last = told[-1]
        assert (last["result"], last["repeated"], last["address"]) == ("done", 1, "127.0.0.1"), action
        assert last["actor_kind"] in ("token", "person", "agent"), action
        # A host's daemon brings and fetches files by requests of its own.
        if action != "transfers.create":
            assert last["request_id"] == answer.headers["X-Request-Id"], action
        assert last["subject_id"] or action in (
            "sessions.delete",
            "passwords.edit",
            "account.edit",
            "audit_verifications.create",
            "quiet_hours.edit",
            "quiet_hours.delete",
            "deployments.create",  # there is no host yet
            "deploy.create",
        ), action
    assert len(place.secrets) > 20
    no_secret_in(place)


def no_secret_in(place: Place) -> None:
    """Nothing that lets anybody in stands in the table, nor in the digest-covered text."""
    everything = "\n".join(str(tuple(row.values())) for row in place.entries())
    assert [secret[:8] for secret in place.secrets if secret in everything] == []


def test_who_did_what_on_what_is_told(place: Place) -> None:
    agent = make_agent(place.operator, name="Ada")
    todo = make_todo(place.operator, agent["id"])
    good(place.api.delete(f"/v1/agents/{agent['id']}"))

    made, added, gone = place.entries(place.head() - 3)
    assert (made["action"], made["noun"], made["subject_id"], made["subject_name"]) == (
        "agents.create",
        "agent",
        agent["id"],
        "Ada",
    )
    assert (made["actor_kind"], made["role"], made["method"]) == ("token", "operator", "POST")
    assert made["actor_id"].startswith("tok_")
    assert set(made["fields"].split(",")) == {"name", "worktree"}
    assert (added["subject_id"], added["part_id"]) == (agent["id"], todo["id"])
    assert (gone["action"], gone["subject_name"], gone["role"]) == ("agents.delete", "Ada", "admin"), (
        "the name outlives what had it"
    )


def test_a_person_in_a_browser_and_their_token_are_both_accountable(place: Place) -> None:
    person, browser = signed_in(place)
    with closing(browser):
        token = good(browser.post("/v1/tokens", json={"name": "laptop", "role": "operator"}))
    with client(place.server, token["token"]) as own:
        make_agent(own)

    entered, _, made = place.entries(place.head() - 3)
    assert (entered["action"], entered["actor_kind"], entered["actor_id"]) == (
        "sessions.create",
        "person",
        person["id"],
    )
    assert (made["actor_kind"], made["actor_id"], made["person_id"]) == ("token", token["id"], person["id"])


def test_an_agent_with_its_own_key_is_the_actor(place: Place) -> None:
    agent = make_agent(place.api)["id"]
    key = good(place.api.post(f"/v1/agents/{agent}/keys", json={}))["key"]
    with client(place.server, key) as own:
        good(own.patch(f"/v1/agents/{agent}", json={"progress": 9}))

    last = place.entries()[-1]
    assert (last["actor_kind"], last["actor_id"], last["role"]) == ("agent", agent, "agent")


def test_what_fails_leaves_no_entry(place: Place) -> None:
    agent = make_agent(place.api)["id"]
    before = place.head()

    refused(place.api.patch("/v1/agents/nope", json={"progress": 1}), 404)
    refused(place.api.patch(f"/v1/agents/{agent}", json={"progress": 101}), 400)
    stale = {"If-Match": '"999"'}
    refused(place.api.patch(f"/v1/agents/{agent}", json={"progress": 1}, headers=stale), 412)
    refused(place.api.post("/v1/people", json={"email": "not one", "role": "viewer"}), 400)

    assert place.head() == before


def test_an_answer_that_is_given_again_is_no_second_write(place: Place) -> None:
    before = place.head()
    key = {"Idempotency-Key": unique("key")}
    for _ in range(3):
        good(place.api.post("/v1/agents", json={"name": "once", "worktree": "/w"}, headers=key))

    assert [row["action"] for row in place.entries(before)] == ["agents.create"]


def test_a_heartbeat_that_says_nothing_new_is_presence_and_no_entry(place: Place) -> None:
    body = {"hostname": unique("beat"), "machine_address": "m", "repo_path": "/r"}
    before = place.head()
    for _ in range(3):
        good(place.api.post("/v1/agents/heartbeat", json=body))
    good(place.api.post("/v1/agents/heartbeat", json=body | {"progress": 7}))

    assert [row["fields"].count("progress") for row in place.entries(before)] == [0, 1]


def test_a_claim_that_finds_nothing_leaves_no_entry(place: Place) -> None:
    agent = make_agent(place.api)["id"]
    while place.api.post("/v1/tasks/claim", json={"agent_id": agent}).status_code == 200:
        pass
    before = place.head()

    key = {"Idempotency-Key": unique("key")}
    assert place.api.post("/v1/tasks/claim", json={"agent_id": agent}, headers=key).status_code == 204
    assert place.head() == before


def test_an_act_on_many_is_told_of_each_that_it_hit(place: Place) -> None:
    ids = [make_agent(place.api)["id"] for _ in range(3)]
    before = place.head()
    good(place.api.post("/v1/agents/bulk-deletions", json={"ids": [*ids, "agt_nope"]}))

    told = place.entries(before)
    assert [row["subject_id"] for row in told] == ids
    assert len({row["request_id"] for row in told}) == 1


@pytest.mark.parametrize(
    "secret",
    [
        "sk-ant-api03-" + "a" * 40,
        "ghp_" + "b" * 36,
        "TOKEN=" + "c" * 24,
        "flt_" + "d" * 43,
        "fla_" + "e" * 43,
    ],
)
def test_a_secret_in_a_name_or_in_an_address_is_masked(place: Place, secret: str) -> None:
    make_agent(place.api, name=f"agent {secret}")
    make_task(place.api, title=f"use {secret}")
    for path in (f"/v1/agents/{secret}", f"/v1/tokens/{secret}", f"/v1/no-such-thing/{secret}"):
        with httpx.Client(base_url=place.server.url) as nobody:
            assert nobody.delete(path).status_code == 401

    place.secrets.append(secret)
    no_secret_in(place)
