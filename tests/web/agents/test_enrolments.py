"""Enrolling: an enrolment key makes one agent and its key, once, within a quarter of an hour (security.md 16)."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.support.api import good, read, refused, unique
from tests.support.company import Company

AGENT = {"name": "Reviewer", "worktree": "/srv/app"}


def new_key(firm: Company) -> str:
    return str(good(firm.admin.post("/v1/enrolment-keys", json={}), 201)["key"])


def test_who_enrols_gets_an_agent_and_a_key_that_speaks_for_it(firm: Company) -> None:
    made = good(firm.program(new_key(firm)).post("/v1/enrolments", json=AGENT | {"kind": "host"}), 201)

    agent = made["agent"]["id"]
    assert made["agent"]["kind"] == "host"
    with_key = firm.program(made["key"])
    good(with_key.patch(f"/v1/agents/{agent}", json={"progress": 5}))
    refused(with_key.get("/v1/agents"), 403)


def test_an_identity_makes_the_id_that_its_heartbeats_find(firm: Company) -> None:
    identity = {"hostname": unique("host"), "machine_address": "10.0.0.7", "repo_path": "/srv/app"}
    made = good(firm.program(new_key(firm)).post("/v1/enrolments", json=AGENT | identity), 201)

    beat = good(firm.program(made["key"]).post("/v1/agents/heartbeat", json=identity))

    assert beat["id"] == made["agent"]["id"]


def test_enrolling_under_an_identity_that_is_taken_takes_nothing_over(firm: Company) -> None:
    identity = {"hostname": unique("host"), "machine_address": "10.0.0.7", "repo_path": "/srv/app"}
    first = good(firm.admin.post("/v1/agents/heartbeat", json=identity))

    answer = firm.program(new_key(firm)).post("/v1/enrolments", json=AGENT | identity)

    if answer.status_code == 201:
        assert answer.json()["agent"]["id"] != first["id"]
    else:
        assert answer.status_code == 409
    assert read(firm.admin, f"/v1/agents/{first['id']}")["name"] == first["name"]


def test_a_key_makes_one_agent_however_many_ask_at_once(firm: Company) -> None:
    key = new_key(firm)
    before = read(firm.admin, "/v1/agents")["total"]
    programs = [firm.program(key) for _ in range(6)]

    with ThreadPoolExecutor(6) as many:
        answers = list(many.map(lambda api: api.post("/v1/enrolments", json=AGENT), programs))

    assert sorted(answer.status_code for answer in answers) == [201] + [401] * 5
    assert read(firm.admin, "/v1/agents")["total"] == before + 1


def test_a_body_that_is_wrong_spends_nothing(firm: Company) -> None:
    api = firm.program(new_key(firm))
    refused(api.post("/v1/enrolments", json={"name": "x"}), 400, "MISSING_WORKTREE")
    refused(api.post("/v1/enrolments", json=AGENT | {"kind": "spy"}), 400, "INVALID_KIND")
    refused(api.post("/v1/enrolments", json=AGENT | {"role": "admin"}), 400, "UNKNOWN_FIELD")

    good(api.post("/v1/enrolments", json=AGENT), 201)


def test_after_a_quarter_of_an_hour_a_key_is_no_good(firm: Company) -> None:
    key = new_key(firm)
    with closing(sqlite3.connect(firm.server.database)) as connection, connection:
        connection.execute(
            "UPDATE tokens SET expires_at = datetime(expires_at, '-15 minutes') WHERE kind = 'enrolment'"
        )

    refused(firm.program(key).post("/v1/enrolments", json=AGENT), 401, "INVALID_TOKEN")


@pytest.mark.parametrize("secret", ["fle_" + "x" * 43, "nonsense"])
def test_what_is_no_enrolment_key_enrols_nobody(firm: Company, secret: str) -> None:
    refused(firm.program(secret).post("/v1/enrolments", json=AGENT), 401, "INVALID_TOKEN")
    refused(firm.admin.post("/v1/enrolments", json=AGENT), 401, "INVALID_TOKEN")
    refused(firm.visitor().post("/v1/enrolments", json=AGENT), 401, "MISSING_AUTH_TOKEN")


def test_an_enrolment_key_opens_nothing_else(firm: Company) -> None:
    key = new_key(firm)
    for path in ("/v1/agents", "/v1/account", "/v1/stream", "/v1/enrolment-keys"):
        assert firm.program(key).get(path).status_code == 401
    visitor = firm.visitor()
    assert visitor.post("/login", data={"token": key}).status_code == 401
    assert visitor.post("/login", data={"link": key, "password": "correct horse battery"}).status_code == 401
    good(firm.program(key).post("/v1/enrolments", json=AGENT), 201)
