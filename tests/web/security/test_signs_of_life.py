"""Which calls keep an agent online: its own, made by a program; never a person's, never what is sent to it (I9)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient

from fleet.db import write
from fleet.models import agent, token
from fleet.web.security import signs_of_life
from tests.support.agent_calls import BROWSER, DONE_TO_IT, OF_ITSELF, Scene
from tests.support.agents import IDENTITY, new_agent, read
from tests.support.api import eventually, good
from tests.support.api import read as read_api
from tests.support.application import NOON, Clock, application, head, kinds
from tests.support.serving import DEV_TOKEN, served
from tests.support.tokens import client

Caller = Callable[[str], FlaskClient]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("fleet.clock.now", made.now)
    monkeypatch.setattr(signs_of_life, "_noted", {})
    return made


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    assert clock
    with application(tmp_path) as made:
        yield made


@pytest.fixture
def program(app: Flask) -> FlaskClient:
    """One with a token that belongs to no agent."""
    made = app.test_client()
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {DEV_TOKEN}"
    return made


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    """A person's, signed in."""
    made = app.test_client()
    assert made.post("/login", data={"token": DEV_TOKEN}, headers=BROWSER).status_code == 303
    return made


@pytest.fixture
def own(app: Flask) -> Caller:
    """A program with the key of the agent."""

    def keyed(agent_id: str) -> FlaskClient:
        key = write(lambda tx: token.agent_key(tx, agent_id, "key", "test", timedelta())).secret
        made = app.test_client()
        made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        return made

    return keyed


@pytest.mark.parametrize("name", OF_ITSELF)
def test_what_a_program_reports_for_an_agent_is_a_sign_of_its_life(
    program: FlaskClient, clock: Clock, name: str
) -> None:
    scene = Scene()
    moment = clock.pass_by(60)

    answer = scene.call(program, name)

    assert answer.status_code < 300, answer.text
    assert (read(scene.agent).connection, read(scene.agent).last_seen_at) == ("online", moment)
    assert read(scene.agent).connection_changed_at == moment


@pytest.mark.parametrize("name", OF_ITSELF)
def test_every_call_with_an_agents_own_key_is_a_sign_of_its_life(own: Caller, clock: Clock, name: str) -> None:
    scene = Scene()
    moment = clock.pass_by(60)

    answer = scene.call(own(scene.agent), name)

    assert answer.status_code < 300, answer.text
    assert (read(scene.agent).connection, read(scene.agent).last_seen_at) == ("online", moment)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/agents/{s.agent}"), ("GET", "/v1/agents"), ("PATCH", "/v1/agents/{s.agent}"), ("GET", "/v1/nowhere")],
)
def test_a_call_with_its_own_key_is_a_sign_also_where_nothing_comes_of_it(
    own: Caller, clock: Clock, method: str, path: str
) -> None:
    scene = Scene()
    moment = clock.pass_by(60)

    own(scene.agent).open(path.format(s=scene), method=method, json={"progress": "much"} if method == "PATCH" else None)

    assert read(scene.agent).last_seen_at == moment


@pytest.mark.parametrize("name", [*OF_ITSELF, *DONE_TO_IT])
def test_nothing_that_a_person_does_in_a_browser_is_a_sign_of_an_agents_life(browser: FlaskClient, name: str) -> None:
    scene = Scene()

    answer = scene.call(browser, name)

    assert answer.status_code < 300, answer.text
    assert (read(scene.agent).connection, read(scene.agent).last_seen_at) == ("unknown", None)


@pytest.mark.parametrize("name", DONE_TO_IT)
def test_nothing_that_is_done_to_an_agent_is_a_sign_of_its_life(program: FlaskClient, name: str) -> None:
    scene = Scene()

    answer = scene.call(program, name)

    assert answer.status_code < 300, answer.text
    assert (read(scene.agent).connection, read(scene.agent).last_seen_at) == ("unknown", None)


def test_who_makes_an_agent_by_a_call_is_heard_of_and_who_does_so_by_a_form_is_not(
    program: FlaskClient, browser: FlaskClient
) -> None:
    body = {"name": "Ada", "worktree": "/src"}
    by_call = program.post("/v1/agents", json=body).json
    by_form = browser.post("/agents", data=body, headers=BROWSER | {"Accept": "application/json"}).json

    assert by_call is not None
    assert by_form is not None
    assert (by_call["connection"], by_call["last_seen_at"]) == ("online", NOON.isoformat().replace("+00:00", "Z"))
    assert (by_form["connection"], by_form["last_seen_at"]) == ("unknown", None)


def test_who_enrols_is_heard_of(app: Flask) -> None:
    key = write(lambda tx: token.enrolment(tx, "key", "test")).secret
    made = app.test_client().post(
        "/v1/enrolments", json={"name": "Ada", "worktree": "/src"}, headers={"Authorization": f"Bearer {key}"}
    )

    assert made.json is not None
    assert made.json["agent"]["connection"] == "online"


def test_an_answer_to_a_report_says_that_the_agent_is_there(program: FlaskClient) -> None:
    told = program.patch(f"/v1/agents/{new_agent()}", json={"status": "active", "progress": 45}).json

    assert told is not None
    assert (told["connection"], told["state"], told["version"]) == ("online", "active", 2)


def test_a_claim_that_is_refused_and_one_that_finds_nothing_are_signs_too(program: FlaskClient, clock: Clock) -> None:
    """A paused agent asks on and is there, although what a refused verb wrote is undone."""
    paused, free = new_agent(), new_agent(name="Bob")
    write(lambda tx: agent.pause(tx, paused, "Grace", None))
    moment = clock.pass_by(60)

    statuses = [program.post("/v1/tasks/claim", json={"agent_id": one}).status_code for one in (paused, free)]

    assert statuses == [409, 204]
    assert [read(one).last_seen_at for one in (paused, free)] == [moment, moment]


def test_a_report_that_is_refused_is_no_report(program: FlaskClient) -> None:
    ada = new_agent()

    assert program.patch(f"/v1/agents/{ada}", json={"progress": "much"}).status_code == 400

    assert (read(ada).connection, read(ada).version) == ("unknown", 1)


def test_of_polls_one_in_a_few_seconds_is_written_and_none_into_the_journal(program: FlaskClient) -> None:
    ada = new_agent(**IDENTITY)
    program.post("/v1/agents/heartbeat", json=IDENTITY)
    version, before = read(ada).version, head()

    for _ in range(20):
        program.get(f"/v1/agents/{ada}/commands?status=sent")
        program.post("/v1/tasks/claim", json={"agent_id": ada})

    assert read(ada).version == version + 1
    assert kinds(before) == []


def test_a_report_is_one_write_of_the_row(program: FlaskClient) -> None:
    ada = new_agent()
    versions = [program.patch(f"/v1/agents/{ada}", json={"progress": n}).json["version"] for n in (1, 2, 3)]  # type: ignore[index]

    assert versions == [2, 3, 4]


def test_an_agent_that_holds_a_poll_stays_online_and_falls_silent_when_it_stops(tmp_path: Path) -> None:
    """As the pages teach it, three calls: made, reported, listening; a second without a word is silence here."""
    with (
        served(tmp_path, "--dev", environment={"FLEET_HEARTBEAT_TTL": "1"}) as server,
        client(server, DEV_TOKEN) as api,
    ):
        made = good(api.post("/v1/agents", json={"name": "Ada", "worktree": "/src"}))
        path = f"/v1/agents/{made['id']}"
        good(api.patch(path, json={"status": "active", "progress": 45}))
        seen: list[str] = []
        poll = Thread(
            target=lambda: good(
                httpx.get(f"{server.url}{path}/commands?status=sent&wait=5", headers=api.headers, timeout=30)
            )
        )
        poll.start()
        while poll.is_alive():
            seen.append(read_api(api, path)["state"])
            time.sleep(0.1)
        assert set(seen[:-1]) == {"active"}

        silent = eventually(lambda: (now := read_api(api, path))["state"] == "offline" and now)
        assert silent["status"] == "active"
        assert silent["state_since"] > silent["last_seen_at"]
        good(api.patch(path, json={"progress": 50}))
        assert read_api(api, path)["state"] == "active"
