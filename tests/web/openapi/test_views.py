"""`/openapi.json` and `/openapi`: for whom they are, how they are kept, what the page may do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fleet.version import version
from fleet.web.openapi import document, views
from fleet.web.security import policy
from tests.support.application import application
from tests.support.serving import DEV_TOKEN

PATHS = ("/openapi.json", "/openapi")
BEARER = {"Authorization": f"Bearer {DEV_TOKEN}"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """With --dev, as --dev is: on loopback."""
    with application(tmp_path) as made:
        yield made


@pytest.fixture
def anybody(app: Flask) -> FlaskClient:
    return app.test_client()


def change_settings(app: Flask, **changes: object) -> None:
    app.config["FLEET"] = dataclasses.replace(app.config["FLEET"], **changes)


def test_no_more_than_the_description_is_open_with_dev() -> None:
    open_in_development = {name for name, least in policy.POLICY.items() if least == policy.OPEN_IN_DEVELOPMENT}

    assert open_in_development == {"openapi.document", "openapi.show"}


@pytest.mark.parametrize("path", PATHS)
def test_with_dev_it_is_for_everybody_on_this_machine(anybody: FlaskClient, path: str) -> None:
    assert anybody.get(path).status_code == 200
    for address in ("127.0.0.5", "::1"):
        assert anybody.get(path, environ_base={"REMOTE_ADDR": address}).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_with_dev_it_is_not_for_those_from_elsewhere(anybody: FlaskClient, path: str) -> None:
    json = {"Accept": "application/json"}

    assert anybody.get(path, headers=json, environ_base={"REMOTE_ADDR": "10.1.2.3"}).status_code == 401
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert anybody.get(path, headers={**json, header: "127.0.0.1"}).status_code == 401


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("changes", [{"dev": False}, {"host": "0.0.0.0"}])
def test_without_dev_or_beyond_loopback_it_is_not_open(
    app: Flask, anybody: FlaskClient, path: str, changes: dict[str, object]
) -> None:
    change_settings(app, **changes)

    assert anybody.get(path, headers={"Accept": "application/json"}).status_code == 401


def test_a_person_who_is_not_signed_in_is_sent_to_the_login_page(app: Flask, anybody: FlaskClient) -> None:
    change_settings(app, dev=False)
    answer = anybody.get("/openapi", headers={"Accept": "text/html"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=%2Fopenapi")


def test_the_description_says_its_version_and_where_the_server_is(tmp_path: Path) -> None:
    with application(tmp_path, base_path="/fleet") as app:
        told = app.test_client().get("/openapi.json").get_json()

    assert told["openapi"].startswith("3.1")
    assert told["info"]["version"] == version()
    assert [server["url"] for server in told["servers"]] == ["/fleet"]


def test_who_has_this_description_already_is_sent_no_other(anybody: FlaskClient) -> None:
    first = anybody.get("/openapi.json")
    assert (first.content_type, first.headers["Cache-Control"]) == ("application/json", "no-cache")
    tag = first.headers["ETag"]

    again = anybody.get("/openapi.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Cache-Control"] == "no-cache"
    other = anybody.get("/openapi.json", headers={"If-None-Match": '"another"'})
    assert (other.status_code, other.data) == (200, first.data)


def test_the_description_is_made_once(anybody: FlaskClient) -> None:
    with patch.object(views, "description_of", wraps=views.description_of) as made:
        bodies = {anybody.get("/openapi.json").data for _ in range(3)}

    assert (len(bodies), made.call_count) == (1, 1)


def test_the_page_has_a_policy_of_its_own_and_no_other_page_has_it(anybody: FlaskClient) -> None:
    (said,) = anybody.get("/openapi").headers.getlist("Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in said.split(";"))

    assert rules.pop("style-src") == "'self' 'unsafe-inline'"
    assert rules.pop("form-action") == "'none'"
    assert rules == {
        "default-src": "'none'",
        "script-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    for path in ("/", "/openapi.json", "/agents", "/nope"):
        assert "unsafe" not in anybody.get(path, headers=BEARER).headers["Content-Security-Policy"]


def test_the_page_names_no_other_machine_and_has_no_script_of_its_own(anybody: FlaskClient) -> None:
    page = anybody.get("/openapi").text

    assert "://" not in page
    assert page.count("<script src=") == page.count("<script") == 3


def test_the_page_is_found_from_the_palette_and_from_adding_an_agent(app: Flask) -> None:
    signed_in = app.test_client()
    signed_in.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {DEV_TOKEN}"
    page = {"Accept": "text/html"}

    assert 'href="/openapi"' in signed_in.get("/agents/new", headers=page).text
    for words in ("api", "openapi", "documentation"):
        assert 'href="/openapi"' in signed_in.get(f"/search?q={words}", headers=page).text, words


def test_the_schemas_of_the_types_are_made_while_others_are_served(
    anybody: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are made by one call, which took 40 ms of the loop's time."""
    made: list[object] = []

    def aside(call: Callable[[], object]) -> object:
        made.append(call())
        return made[-1]

    monkeypatch.setattr(document, "aside", aside)
    schemas = anybody.get("/openapi.json", headers=BEARER).get_json()["components"]["schemas"]

    [(_, named)] = made  # type: ignore[misc]  # references and schemas by name
    assert set(named) == set(schemas)
