"""How often somebody may ask: per person or token, per agent, per address; and what a flood costs the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from fleet.db import db, write
from fleet.models import token
from fleet.models.audit import AUDIT
from fleet.parts import parts_of
from fleet.web.security import credentials, rate_limits
from fleet.web.security.rate_limits import FILES, Rates
from fleet.web.security.refusals import Refusals
from tests.support.agents import new_agent as make_agent
from tests.support.application import application, rows
from tests.support.seconds import Seconds
from tests.support.serving import DEV_TOKEN, served
from tests.support.tokens import client, make_tokens

LIMIT, AGENTS, NOBODY = 6, 4, 3


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    made = Seconds()
    monkeypatch.setattr(rate_limits, "time", made)
    return made


@pytest.fixture
def app(tmp_path: Path, now: Seconds) -> Iterator[Flask]:
    assert now
    limits = {"rate_limit": LIMIT, "rate_limit_agents": AGENTS, "rate_limit_anonymous": NOBODY}
    with application(tmp_path, **limits) as made:
        credentials.forget()
        yield made


@pytest.fixture
def asked(app: Flask) -> FlaskClient:
    return app.test_client()


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def token_of(role: str = "viewer") -> dict[str, str]:
    return bearer(write(lambda tx: token.create(tx, "token", role, role)).secret)


def statuses(asked: FlaskClient, times: int, path: str = "/v1/agents", **more: object) -> list[int]:
    return [asked.get(path, buffered=True, **more).status_code for _ in range(times)]  # type: ignore[arg-type]


def test_a_token_is_answered_so_often_a_second_and_then_told_when_to_come_back(
    asked: FlaskClient, now: Seconds
) -> None:
    mine, other = token_of(), token_of()

    assert statuses(asked, LIMIT + 2, headers=mine) == [200] * LIMIT + [429] * 2
    refused = asked.get("/v1/agents", headers=mine)
    assert refused.json["error"]["code"] == "RATE_LIMITED"  # type: ignore[index]
    assert refused.headers["Retry-After"] == "1"
    assert statuses(asked, LIMIT, headers=other) == [200] * LIMIT, "another one has limits of its own"
    now.seconds += 1
    assert statuses(asked, 1, headers=mine) == [200]


def test_a_page_says_it_to_people(asked: FlaskClient) -> None:
    mine = token_of() | {"Accept": "text/html"}
    statuses(asked, LIMIT, headers=mine)

    page = asked.get("/agents", headers=mine)
    assert page.status_code == 429
    assert "Too often" in page.text


def test_an_agent_has_the_limit_of_agents_over_all_its_keys(asked: FlaskClient) -> None:
    agent = make_agent()
    keys = [write(lambda tx: token.agent_key(tx, agent, "k", "test", timedelta(minutes=5))).secret for _ in range(2)]

    path = f"/v1/agents/{agent}"
    assert statuses(asked, AGENTS - 1, path, headers=bearer(keys[0])) == [200] * (AGENTS - 1)
    assert statuses(asked, 2, path, headers=bearer(keys[1])) == [200, 429]


def test_without_a_good_credential_an_address_has_few_and_a_good_one_from_there_all(
    asked: FlaskClient,
) -> None:
    assert statuses(asked, 1) == [401]
    assert statuses(asked, NOBODY, headers=bearer("flt_wrong")) == [401] * (NOBODY - 1) + [429]
    assert statuses(asked, 1, "/login") == [429]
    assert statuses(asked, 1, headers=token_of()) == [200]
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert statuses(asked, 1, environ_base=elsewhere) == [401]


def test_one_ipv6_network_counts_as_one_address(asked: FlaskClient) -> None:
    found = [
        asked.get("/v1/agents", environ_base={"REMOTE_ADDR": f"2001:db8:1:1::{number}"}).status_code
        for number in range(NOBODY + 1)
    ]

    assert found == [401] * NOBODY + [429]
    assert statuses(asked, 1, environ_base={"REMOTE_ADDR": "2001:db8:1:2::1"}) == [401]


def test_the_login_pages_files_come_with_it_and_health_is_never_refused(asked: FlaskClient) -> None:
    assert statuses(asked, NOBODY * FILES + 1, "/static/favicon.svg")[-2:] == [200, 429]
    assert statuses(asked, NOBODY + 3, "/health") == [200] * (NOBODY + 3)


def test_a_refusal_for_haste_is_told_in_the_audit_once_for_all(app: Flask, asked: FlaskClient) -> None:
    statuses(asked, LIMIT + 20, headers=token_of())
    parts_of(app).get(Refusals).flush(everything=True)

    told = [(row.action, row.result, row.repeated) for row in rows(AUDIT.select())]
    assert told == [("agents.index", "RATE_LIMITED", 1), ("agents.index", "RATE_LIMITED", 19)]


def test_only_the_present_second_is_remembered(app: Flask, asked: FlaskClient, now: Seconds) -> None:
    for number in range(50):
        asked.get("/v1/agents", environ_base={"REMOTE_ADDR": f"10.1.0.{number}"})
        now.seconds += 1

    storage = parts_of(app).get(Rates)._counter.storage
    assert len(storage._counts) == 1


def test_being_refused_for_haste_asks_nothing_of_the_database(
    tmp_path: Path, now: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a flood beyond its limit takes less from the others than the same flood below it."""
    monkeypatch.setattr(credentials, "ASKED_EVERY", 60.0)  # else it asks now and then who was revoked
    taken: list[object] = []
    with application(tmp_path, rate_limit=1) as hasty:
        asked = hasty.test_client()
        assert asked.get("/v1/agents", headers=bearer(DEV_TOKEN)).status_code == 200
        assert asked.get("/v1/agents", headers=bearer(DEV_TOKEN)).status_code == 429  # the audit notes the first
        event.listen(db.engine, "checkout", lambda *which: taken.append(which))

        for _ in range(20):
            assert asked.get("/v1/agents", headers=bearer(DEV_TOKEN)).status_code == 429
        assert taken == []
        now.seconds += 1
        assert asked.get("/v1/agents", headers=bearer(DEV_TOKEN)).status_code == 200
        assert taken != []


@pytest.mark.slow
def test_a_flood_of_one_credential_leaves_the_others_their_answers(tmp_path: Path) -> None:
    """Eight connections ask without a pause; somebody else asks now and then, and is always answered."""
    slow = {"FLEET_RATE_LIMIT": "3"}
    with served(tmp_path, environment=slow) as server, ExitStack() as stack:
        flooding, calm = make_tokens(server, [("viewer",), ("viewer",)])
        over = threading.Event()
        got: list[int] = []

        def flood() -> None:
            with client(server, flooding.secret) as api:
                while not over.is_set():
                    got.append(api.get("/v1/agents").status_code)

        threads = [threading.Thread(target=flood) for _ in range(8)]
        other = stack.enter_context(client(server, calm.secret))
        for thread in threads:
            thread.start()
        try:
            answers = []
            for _ in range(8):
                answers.append(other.get("/v1/agents").status_code)
                time.sleep(0.5)
        finally:
            over.set()
            for thread in threads:
                thread.join()

    assert answers == [200] * 8
    assert set(got) == {200, 429}
    assert got.count(429) > got.count(200), "the flood itself was held back"


def test_a_clock_that_is_set_gives_nobody_a_second_more_or_less(asked: FlaskClient, now: Seconds) -> None:
    viewer = token_of()
    assert statuses(asked, LIMIT, headers=viewer) == [200] * LIMIT
    for hours in (3, -3):
        now.set_by = hours * 3600.0
        assert statuses(asked, 1, headers=viewer) == [429]

    now.seconds += 1
    assert statuses(asked, 1, headers=viewer) == [200]
