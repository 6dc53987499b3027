"""The page of notices without JavaScript: its forms, what they say when they fail, and its quiet hours."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest

from tests.support.api import good, read, refused
from tests.support.person import Somebody, somebody
from tests.support.serving import Served, served


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Fleet without a mail server."""
    with served(tmp_path_factory.mktemp("pages")) as server:
        yield server


@pytest.fixture(scope="module")
def ada(house: Served) -> Iterator[Somebody]:
    """A viewer."""
    with somebody(house, "ada@example.com") as made:
        yield made


def add(ada: Somebody, **form: str) -> str:
    answer = ada.browser.post("/notice-channels", data=form)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_webhook_is_added_and_its_key_shown_once_on_the_page(ada: Somebody) -> None:
    page = add(ada, kind="webhook", target="https://example.com/hook", name="")
    [channel] = read(ada.api, "/v1/notice-channels")["notice_channels"]
    key = read(ada.api, f"/v1/notice-channels/{channel['id']}/key")["key"]

    assert key in page
    assert key not in ada.browser.get("/account/notices").text
    assert key in ada.browser.get(f"/account/notices?secret={channel['id']}").text


def test_kinds_are_checkboxes_and_what_is_not_checked_is_off(ada: Somebody) -> None:
    add(ada, kind="webhook", target="https://example.com/kinds")
    channel = read(ada.api, "/v1/notice-channels")["notice_channels"][-1]
    form = {"_method": "PUT", "on_error": "true"}
    page = ada.browser.post(f"/notice-channels/{channel['id']}/kinds", data=form)

    assert page.status_code == 200
    now = read(ada.api, f"/v1/notice-channels/{channel['id']}")
    assert (now["on_question"], now["on_error"], now["on_silence"]) == (False, True, False)
    off = {"_method": "PATCH", "enabled": "false"}
    assert "Switched off" in ada.browser.post(f"/notice-channels/{channel['id']}", data=off).text
    assert ada.browser.post(f"/notice-channels/{channel['id']}", data={"_method": "DELETE"}).status_code == 200
    refused(ada.api.get(f"/v1/notice-channels/{channel['id']}"), 404)


def test_a_failed_form_is_shown_again_with_what_was_typed_but_no_secret(ada: Somebody) -> None:
    form = {"kind": "ntfy", "target": "http://10.0.0.1/topic", "token": "tk_secret"}
    answer = ada.browser.post("/notice-channels", data=form)

    assert answer.status_code == 400
    assert 'value="http://10.0.0.1/topic"' in answer.text
    assert "tk_secret" not in answer.text
    assert "notice_targets" in answer.text


def test_without_a_mail_server_it_says_what_is_missing(ada: Somebody) -> None:
    refused(ada.api.post("/v1/notice-channels", json={"kind": "email"}), 409, "EMAIL_NOT_SET_UP")
    assert "smtp_url" in ada.browser.get("/account/notices").text
    assert ada.browser.post("/notice-channels", data={"kind": "email"}).status_code == 409


def test_the_test_button_answers_htmx_with_the_channel_alone(ada: Somebody) -> None:
    made = good(ada.api.post("/v1/notice-channels", json={"kind": "browser"}))
    answer = ada.browser.post(f"/notice-channels/{made['id']}/tests", headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<article")
    assert f'id="channel-{made["id"]}"' in answer.text
    plain = ada.browser.post(f"/notice-channels/{made['id']}/tests")
    assert (plain.status_code, str(plain.url).endswith("/account/notices")) == (200, True)


def test_quiet_hours_are_set_shown_and_ended(ada: Somebody) -> None:
    path = "/v1/account/quiet-hours"
    assert read(ada.api, path) == {"quiet_hours": None}
    hours = {"start": "22:00", "end": "07:30", "zone": "Europe/Berlin", "questions_pass": True}
    assert good(ada.api.put(path, json=hours)) == {"quiet_hours": hours}
    assert read(ada.api, path) == {"quiet_hours": hours}

    form = {"_method": "PUT", "start": "23:00", "end": "06:00", "zone": "UTC"}
    page = ada.browser.post("/account/quiet-hours", data=form)
    assert 'value="23:00"' in page.text
    assert read(ada.api, path)["quiet_hours"]["questions_pass"] is False
    assert ada.api.delete(path).status_code == 204
    assert read(ada.api, path) == {"quiet_hours": None}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"start": "25:00"}, "INVALID_START"),
        ({"start": "7:00"}, "INVALID_START"),
        ({"end": ""}, "MISSING_END"),
        ({"end": "22:00"}, "INVALID_END"),
        ({"zone": "Berlin"}, "INVALID_ZONE"),
        ({"zone": "../../etc/passwd"}, "INVALID_ZONE"),
        ({"zone": "localtime"}, "INVALID_ZONE"),
        ({"zone": "Factory"}, "INVALID_ZONE"),
        ({"zone": "europe/berlin"}, "INVALID_ZONE"),
        ({"zone": 7}, "INVALID_ZONE"),
        ({"person_id": "usr_x"}, "UNKNOWN_FIELD"),
    ],
)
def test_quiet_hours_that_are_none_are_refused(ada: Somebody, change: dict[str, object], code: str) -> None:
    body = {"start": "22:00", "end": "07:00", "zone": "UTC"} | change
    error = refused(ada.api.put("/v1/account/quiet-hours", json=body), 400, code)
    assert error["details"]["field"] in change
    if isinstance(change.get("start", ""), str) and "person_id" not in change and change.get("zone") != 7:
        page = ada.browser.post("/account/quiet-hours", data={"_method": "PUT", **body})
        assert page.status_code == 400
        assert "Quiet hours" in page.text


def test_zones_are_offered_and_the_wrong_one_is_said_beside_its_field(ada: Somebody) -> None:
    page = ada.browser.get("/account/notices").text
    assert "<option>Europe/Berlin</option>" in page
    assert "<option>localtime</option>" not in page
    form = {"_method": "PUT", "start": "22:00", "end": "07:00", "zone": "Berlin"}
    page = ada.browser.post("/account/quiet-hours", data=form).text
    assert 'id="quiet-zone-error" role="alert">There is no time zone “Berlin”' in page
    assert 'value="Berlin"' in page


def test_a_zone_that_was_stored_before_goes_on(house: Served, ada: Somebody) -> None:
    path = "/v1/account/quiet-hours"
    hours = {"start": "22:00", "end": "07:30", "zone": "UTC", "questions_pass": True}
    good(ada.api.put(path, json=hours))
    with contextlib.closing(sqlite3.connect(house.database)) as connection, connection:
        connection.execute("UPDATE quiet_hours SET zone = 'localtime'")

    assert 'value="localtime"' in ada.browser.get("/account/notices").text
    good(ada.api.put(path, json=hours | {"zone": "localtime", "end": "06:00"}))
    assert read(ada.api, path)["quiet_hours"]["end"] == "06:00"
    good(ada.api.put(path, json=hours))
    refused(ada.api.put(path, json=hours | {"zone": "localtime"}), 400, "INVALID_ZONE")
    assert ada.api.delete(path).status_code == 204
