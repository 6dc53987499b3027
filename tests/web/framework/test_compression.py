"""Pages and JSON are made smaller for who asks, and never where their length could betray a secret (BREACH)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from fleet.db import write
from fleet.models import agent, token
from fleet.models.agent.record import GROUPS, PARTS
from fleet.models.task.record import PRIORITIES, STATUSES
from fleet.web.agents import listing as agents
from fleet.web.framework import compression
from fleet.web.tasks import listing as tasks
from tests.support.application import application

FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin"}
GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with application(tmp_path_factory.mktemp("compression"), dev=False) as running:
        yield running


@pytest.fixture(scope="module")
def start(app: Flask) -> token.FirstStart:  # noqa: ARG001  # whose database it is
    """An administrator's token and link; there are some agents."""
    for number in range(12):
        write(lambda tx, number=number: agent.create(tx, {"name": f"Ada {number}", "worktree": "/src/app"}))
    made = write(token.first_start)
    assert made is not None
    return made


@pytest.fixture(scope="module")
def browser(app: Flask, start: token.FirstStart) -> FlaskClient:
    """The first administrator's."""
    browser = app.test_client()
    form = {"link": start.link_code, "name": "Ada", "email": "ada@example.net", "password": "four words of a song"}
    assert browser.post("/login", data=form, headers=FROM_THE_PAGE).status_code == 303
    return browser


@pytest.fixture
def program(app: Flask, start: token.FirstStart) -> FlaskClient:
    program = app.test_client()
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {start.token}"
    return program


def packed(answer: TestResponse) -> bool:
    return answer.headers.get("Content-Encoding") == "gzip"


@pytest.mark.parametrize("path", ["/", "/agents", "/tasks", "/activity", "/tokens", "/account", "/?view=table"])
def test_a_page_is_compressed_for_a_browser(browser: FlaskClient, path: str) -> None:
    plain, small = browser.get(path), browser.get(path, headers=GZIP)

    assert not packed(plain)
    assert packed(small)
    assert len(small.data) < len(plain.data) / 2
    assert small.headers["Content-Length"] == str(len(small.data))
    assert b"<!doctype html>" in gzip.decompress(small.data)
    for answer in (plain, small):
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_json_is_compressed_for_a_program_that_asks(program: FlaskClient) -> None:
    plain, small = program.get("/v1/agents?limit=12"), program.get("/v1/agents?limit=12", headers=GZIP)

    assert (packed(plain), packed(small)) == (False, True)
    assert gzip.decompress(small.data) == plain.data


def test_head_says_what_get_would(browser: FlaskClient) -> None:
    got, head = browser.get("/tokens", headers=GZIP), browser.head("/tokens", headers=GZIP)

    assert (packed(head), head.data) == (True, b"")
    assert abs(int(head.headers["Content-Length"]) - int(got.headers["Content-Length"])) < 50  # ages go on


@pytest.mark.parametrize("accept", ["identity", "br", "gzip;q=0", "gzip;q=0, *;q=1", "nonsense;q=gzip"])
def test_who_does_not_take_it_gets_the_page_as_it_is(browser: FlaskClient, accept: str) -> None:
    assert b"<!doctype html>" in browser.get("/agents", headers={"Accept-Encoding": accept}).data


@pytest.mark.parametrize("path", ["/health", "/v1/fleet/status", "/v1/account"])
def test_what_fits_into_a_packet_is_left_alone(program: FlaskClient, path: str) -> None:
    assert not packed(program.get(path, headers=GZIP))


def test_what_may_be_edited_keeps_the_bytes_that_its_edition_names(program: FlaskClient) -> None:
    asks = {"status": "waiting_feedback", "pending_question": "Which one? " * 150}
    made = program.post("/v1/agents", json={"name": "Ada", "worktree": "/x", **asks}).json
    answer = program.get(f"/v1/agents/{made['id']}", headers=GZIP)

    assert answer.headers["ETag"]
    assert len(answer.data) > compression.LEAST
    assert not packed(answer)


@pytest.mark.parametrize("path", ["/live", "/v1/stream"])
def test_a_stream_is_never_compressed(program: FlaskClient, path: str) -> None:
    with program.get(path, headers=GZIP | {"Accept": "text/event-stream"}) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        assert not packed(stream)


@pytest.mark.parametrize("path", ["/tasks.csv", "/v1/tasks?format=jsonl"])
def test_a_download_is_sent_as_it_is_read(browser: FlaskClient, path: str) -> None:
    assert not packed(browser.get(path, headers=GZIP))


def test_an_answer_that_shows_a_secret_is_sent_as_it_is(browser: FlaskClient, program: FlaskClient) -> None:
    form = {"name": "ci", "role": "viewer"}
    page = browser.post("/tokens", data=form, headers=GZIP | FROM_THE_PAGE)
    assert (page.status_code, packed(page)) == (201, False)
    assert b"flt_" in page.data

    made = program.post("/v1/tokens", json=form | {"name": "c" * 90}, headers=GZIP)
    assert (made.status_code, packed(made)) == (201, False)

    channel = {"kind": "webhook", "name": "hook", "target": "https://example.com/hook"}
    posted = browser.post("/v1/notice-channels", json=channel, headers=GZIP | FROM_THE_PAGE)
    assert (posted.status_code, packed(posted)) == (201, False)
    key = browser.get(f"/account/notices?secret={posted.json['id']}", headers=GZIP)
    assert (key.status_code, packed(key)) == (200, False)
    assert posted.json["secret"].encode() in key.data


def test_a_page_behind_a_one_time_link_is_sent_as_it_is(app: Flask) -> None:
    page = app.test_client().get("/login?link=fll_0123456789", headers=GZIP)

    assert (page.status_code, packed(page)) == (200, False)


@pytest.mark.parametrize(
    "path",
    [
        "/agents?q=guess",
        "/agents?view=table&q=guess",
        "/tasks?labels=guess",
        "/agents?host=",
        "/agents?view=guess",
        "/agents?sort=guess",
        "/agents?limit=12345",
        "/agents?guess",
        "/activity?agent=guess",
        "/v1/agents?q=a",
        "/login?next=/guess",
    ],
)
def test_what_repeats_a_text_of_its_address_is_sent_as_it_is(browser: FlaskClient, path: str) -> None:
    assert not packed(browser.get(path, headers=GZIP))


@pytest.mark.parametrize("path", ["/no/such/page", "/agents/guess"])
def test_an_error_is_sent_as_it_is(browser: FlaskClient, path: str) -> None:
    answer = browser.get(path, headers=GZIP)

    assert (answer.status_code, packed(answer)) == (404, False)


def test_what_is_chosen_from_known_words_is_no_text() -> None:
    chosen = (
        [f"view={view}" for view in (*agents.VIEWS, *tasks.VIEWS)]
        + [f"group={group}" for group in (*GROUPS, *PARTS)]
        + [f"sort={sort}" for sort in agents.SORTS]
        + [f"status={status}" for status in STATUSES]
        + [f"least={priority}" for priority in PRIORITIES[1:]]
        + ["limit=1000"]
    )

    assert [part for part in chosen if not compression.CHOSEN.fullmatch(part)] == []


def test_who_does_not_ask_costs_nothing(browser: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "compress", lambda *_: pytest.fail("somebody looked"))

    assert browser.get("/agents").status_code == 200


def test_a_long_page_is_the_same_bytes_each_time() -> None:
    body = b"<p>again and again</p>" * 10_000

    assert compression.gzipped(body) == compression.gzipped(body)
    assert gzip.decompress(compression.gzipped(body)) == body
