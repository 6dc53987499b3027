"""With --dev one button signs in, for whoever sits before the machine that Fleet runs on and for nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fleet.db import write
from fleet.models import person
from fleet.models.audit.record import AUDIT
from tests.support.application import application, rows

FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin"}
BUTTON = "Continue as developer"
FORM = {"developer": "1", "next": "/tasks"}


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[Flask]:
    with application(tmp_path, dev=True) as running:
        yield running


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Flask]:
    with application(tmp_path, dev=False) as running:
        yield running


def signed_in(browser: FlaskClient) -> bool:
    return browser.get("/agents", headers={"Accept": "application/json"}).status_code == 200


def test_the_button_signs_in_and_leads_on(dev: Flask) -> None:
    browser = dev.test_client()
    assert BUTTON in browser.get("/login").text

    answer = browser.post("/login", data=FORM, headers=FROM_THE_PAGE)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/tasks")
    account = browser.get("/v1/account").json
    assert (account["name"], account["role"]) == ("Developer", "admin")


def test_it_is_in_the_audit_as_any_sign_in_is(dev: Flask) -> None:
    assert dev.test_client().post("/login", data=FORM, headers=FROM_THE_PAGE).status_code == 303

    (entry,) = [row for row in rows(AUDIT.select()) if row.action == "sessions.create"]
    assert entry.actor_name == "Developer"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_cannot_press_it(dev: Flask, headers: dict[str, str]) -> None:
    browser = dev.test_client()

    assert browser.post("/login", data=FORM, headers=headers).status_code == 403
    assert not signed_in(browser)


@pytest.mark.parametrize(
    ("address", "headers"),
    [("10.1.2.3", {}), ("2001:db8::1", {}), ("127.0.0.1", {"X-Forwarded-For": "10.1.2.3"})],
)
def test_somebody_elsewhere_neither_sees_nor_uses_it(dev: Flask, address: str, headers: dict[str, str]) -> None:
    browser = dev.test_client()
    browser.environ_base["REMOTE_ADDR"] = address

    assert BUTTON not in browser.get("/login", headers=headers).text
    assert browser.post("/login", data=FORM, headers=FROM_THE_PAGE | headers).status_code == 401
    assert not signed_in(browser)


def test_without_dev_there_is_none(real: Flask) -> None:
    browser = real.test_client()
    assert BUTTON not in browser.get("/login").text

    answer = browser.post("/login", data=FORM, headers=FROM_THE_PAGE)

    assert answer.status_code == 401
    assert "development mode (--dev)" in answer.text
    assert not signed_in(browser)


@pytest.mark.parametrize("mode", ["dev", "real"])
def test_without_accounts_the_page_says_how_the_first_one_is_made(mode: str, request: pytest.FixtureRequest) -> None:
    browser = request.getfixturevalue(mode).test_client()
    page = browser.get("/login").text
    assert "No accounts yet." in page
    assert "fleet user add you@example.net --role admin" in page

    write(lambda tx: person.invite(tx, "ada@example.net", "Ada", "admin"))
    page = browser.get("/login").text
    assert "No accounts yet." not in page
    assert "fleet user link you@example.net" in page
