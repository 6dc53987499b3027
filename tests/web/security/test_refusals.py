"""Every refusal of a right leaves an entry, with or without a credential; a flood of them leaves a few."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fleet.db import db, write
from fleet.models import person, token
from fleet.models.audit import AUDIT, verify
from fleet.parts import parts_of
from fleet.web.security import credentials, login_throttle, refusals
from fleet.web.security.refusals import AT_ONCE, WINDOW, WINDOWS_MOST, Refusals
from tests.support.application import application, rows
from tests.support.serving import DEV_TOKEN

PASSWORD = "hunter2 hunter2 hunter2"
FORM = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json"}


class Seconds:
    """A monotonic clock that is set."""

    now = 1000.0


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    made = Seconds()
    monkeypatch.setattr(refusals.time, "monotonic", lambda: made.now)
    return made


@pytest.fixture
def app(tmp_path: Path, seconds: Seconds, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    assert seconds
    monkeypatch.setattr(login_throttle, "_counter", login_throttle.FixedWindowRateLimiter(login_throttle.Windows()))
    with application(tmp_path, rate_limit_anonymous=1_000_000) as made:
        credentials.forget()
        yield made


@pytest.fixture
def asked(app: Flask) -> FlaskClient:
    return app.test_client()


def entries() -> list[Any]:
    return rows(AUDIT.select().order_by(AUDIT.c.seq))


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def token_of(role: str) -> str:
    return write(lambda tx: token.create(tx, "token", f"the {role}", role)).secret


def test_each_kind_of_refusal_is_told(asked: FlaskClient) -> None:
    viewer = bearer(token_of("viewer"))
    made = asked.post("/v1/agents", json={"name": "a", "worktree": "/w"}, headers=bearer(DEV_TOKEN)).json
    assert made is not None
    first = len(entries())

    assert asked.delete(f"/v1/agents/{made['id']}").status_code == 401
    assert asked.delete(f"/v1/agents/{made['id']}", headers=bearer("flt_wrong")).status_code == 401
    assert asked.delete(f"/v1/agents/{made['id']}", headers=viewer).status_code == 403
    assert asked.get("/v1/agents", headers={"Host": "rebound.example"}).status_code == 421
    assert asked.post("/agents", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert asked.get("/v1/such/thing/is/not").status_code == 401

    told = entries()[first:]
    assert [(row.action, row.result) for row in told] == [
        ("agents.delete", "MISSING_AUTH_TOKEN"),
        ("agents.delete", "INVALID_TOKEN"),
        ("agents.delete", "FORBIDDEN"),
        ("agents.index", "MISDIRECTED_REQUEST"),
        ("agents.create", "CROSS_SITE_REQUEST"),
        ("unknown", "MISSING_AUTH_TOKEN"),
    ]
    assert [row.subject_id for row in told[:3]] == [made["id"]] * 3
    assert [row.actor_kind for row in told] == ["nobody", "nobody", "token", "nobody", "nobody", "nobody"]
    assert (told[2].actor_name, told[2].role) == ("the viewer", "viewer")
    assert {row.address for row in told} == {"127.0.0.1"}


def test_what_is_wrong_or_missing_is_no_refusal_of_a_right(asked: FlaskClient) -> None:
    dev = bearer(DEV_TOKEN)
    before = len(entries())

    assert asked.get("/v1/agents/nope", headers=dev).status_code == 404
    assert asked.post("/v1/agents", json={}, headers=dev).status_code == 400
    assert asked.put("/v1/agents", headers=dev).status_code == 405

    assert len(entries()) == before


def test_a_page_that_sends_to_the_login_is_a_refusal_too(asked: FlaskClient) -> None:
    assert asked.get("/agents", headers={"Accept": "text/html"}).status_code == 303

    assert [(row.action, row.result) for row in entries()] == [("agents.index", "MISSING_AUTH_TOKEN")]


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_failed_sign_in_names_the_person_or_nobody_and_nothing_that_was_typed(
    asked: FlaskClient, accept: str
) -> None:
    person_row = write(lambda tx: person.invite(tx, "ada@example.org", "Ada", "viewer"))
    for address in ("ada@example.org", "nobody@example.org", PASSWORD):
        form = {"email": address, "password": PASSWORD}
        assert asked.post("/login", data=form, headers=FORM | {"Accept": accept}).status_code == 401

    told = entries()
    assert [(row.action, row.result) for row in told] == [("sessions.create", "INVALID_CREDENTIALS")] * 3
    assert [row.noun for row in told] == ["person", "account", "account"]
    assert told[0].subject_id == person_row.id
    assert len(told[1].subject_id) == 12
    everything = str([tuple(row) for row in told])
    assert PASSWORD not in everything
    assert "nobody@" not in everything


def test_a_link_that_is_no_good_and_too_many_tries_are_told(asked: FlaskClient) -> None:
    assert asked.post("/login", data={"link": "fll_x"}, headers=FORM).status_code == 401
    for _ in range(6):
        answer = asked.post("/login", data={"email": "a@b.example", "password": "x"}, headers=FORM)
    assert answer.status_code == 429

    assert [row.result for row in entries()] == ["INVALID_TOKEN", "INVALID_CREDENTIALS", "TOO_MANY_ATTEMPTS"]


def flood(asked: FlaskClient, times: int, path: str = "/v1/agents") -> None:
    for _ in range(times):
        assert asked.get(path).status_code == 401


def windows(app: Flask) -> Refusals:
    return parts_of(app).get(Refusals)


def test_a_flood_is_one_entry_at_once_and_one_with_its_number(app: Flask, asked: FlaskClient, seconds: Seconds) -> None:
    flood(asked, 100)
    assert [row.repeated for row in entries()] == [1]

    windows(app).flush()
    assert len(entries()) == 1, "the window is still open"
    seconds.now += WINDOW
    windows(app).flush()

    assert [row.repeated for row in entries()] == [1, 99]
    assert {(row.action, row.result) for row in entries()} == {("agents.index", "MISSING_AUTH_TOKEN")}
    flood(asked, 1)
    assert [row.repeated for row in entries()] == [1, 99, 1], "a new window has a first one again"


def test_what_was_counted_is_not_lost_when_nobody_flushed_in_time(asked: FlaskClient, seconds: Seconds) -> None:
    flood(asked, 10)
    seconds.now += 2 * WINDOW
    flood(asked, 1)

    assert [row.repeated for row in entries()] == [1, 9, 1]


def test_at_the_stop_everything_counted_is_written(app: Flask, asked: FlaskClient) -> None:
    flood(asked, 5)
    windows(app).flush(everything=True)

    assert [row.repeated for row in entries()] == [1, 4]
    *_, last = verify(db.engine.connect)
    assert last.checked == 2


def test_another_code_action_or_actor_has_a_window_of_its_own(asked: FlaskClient) -> None:
    viewer = bearer(token_of("viewer"))
    for _ in range(3):
        asked.get("/v1/agents")
        asked.get("/v1/tasks")
        asked.get("/v1/agents", headers=bearer("wrong"))
        asked.post("/v1/agents", headers=viewer)

    assert [row.repeated for row in entries()] == [1, 1, 1, 1]


def test_whoever_asks_from_many_places_writes_no_more_and_takes_no_more_memory(
    app: Flask, asked: FlaskClient, seconds: Seconds
) -> None:
    places = 2 * WINDOWS_MOST
    for number in range(places):
        address = f"2001:db8:{number // 9999:x}:{number % 9999:x}::1"
        assert asked.get("/v1/agents", environ_base={"REMOTE_ADDR": address}).status_code == 401

    assert len(entries()) <= AT_ONCE
    assert len(windows(app)._open) <= WINDOWS_MOST + 1
    seconds.now += WINDOW
    windows(app).flush()
    assert sum(row.repeated for row in entries()) == places, "none is forgotten"
    assert len(entries()) <= WINDOWS_MOST + AT_ONCE + 1


def test_one_ipv6_network_is_one_place(asked: FlaskClient) -> None:
    for number in range(5):
        asked.get("/v1/agents", environ_base={"REMOTE_ADDR": f"2001:db8::{number:x}"})

    assert len(entries()) == 1


def test_a_disk_that_refuses_keeps_nobody_from_being_told_no(
    asked: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fleet.models.audit.appending.statements", full)

    assert asked.get("/v1/agents").status_code == 401
