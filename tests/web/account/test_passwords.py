"""One's own password: changed with the one in force, and every other browser is out."""

from __future__ import annotations

import httpx
import pytest

from tests.support.api import eventually, good, refused
from tests.support.company import PASSWORD, Company, log_in, who

NEW = "a much better horse"


def change(browser: httpx.Client, current: str = PASSWORD, new: str = NEW) -> httpx.Response:
    body = {"current_password": current, "password": new}
    return browser.put("/v1/account/password", json=body)


def test_a_new_password_replaces_the_old_one_and_signs_all_others_out(firm: Company) -> None:
    someone = firm.join()
    other = firm.sign_in(someone)
    token = good(other.post("/v1/tokens", json={"name": "ci", "role": "viewer"}), 201)["token"]

    good(change(someone.browser))

    eventually(lambda: who(other) == 401)
    assert (who(someone.browser), who(firm.program(token))) == (200, 200)
    assert log_in(firm.visitor(), someone.email, PASSWORD).status_code == 401
    assert log_in(firm.visitor(), someone.email, NEW).status_code == 303


def test_the_one_in_force_must_be_known(firm: Company) -> None:
    someone = firm.join()

    error = refused(change(someone.browser, "not this one at all"), 400, "WRONG_PASSWORD")

    assert error["details"] == {"field": "current_password"}
    assert log_in(firm.visitor(), someone.email).status_code == 303


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("", "MISSING_PASSWORD"),
        ("short", "WEAK_PASSWORD"),
        ("eleven char", "WEAK_PASSWORD"),
        ("aaaaaaaaaaaaaaaa", "WEAK_PASSWORD"),
        ("x" * 257, "WEAK_PASSWORD"),
        ("y" * 2000, "INVALID_PASSWORD"),
    ],
)
def test_a_weak_password_is_none_and_the_old_one_stays(firm: Company, new: str, code: str) -> None:
    someone = firm.join()

    assert refused(change(someone.browser, new=new), 400, code)["details"]["field"] == "password"

    assert log_in(firm.visitor(), someone.email).status_code == 303


def test_ones_own_address_is_no_password(firm: Company) -> None:
    someone = firm.join(email="ada.lovelace@example.net")
    refused(change(someone.browser, new="Ada.Lovelace@example.net"), 400, "WEAK_PASSWORD")


def test_guessing_from_a_borrowed_browser_comes_to_a_pause(firm: Company) -> None:
    someone = firm.join()
    for _ in range(5):
        refused(change(someone.browser, "a wrong guess"), 400, "WRONG_PASSWORD")

    answer = change(someone.browser)

    refused(answer, 429, "TOO_MANY_ATTEMPTS")
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert log_in(firm.visitor(), someone.email).status_code == 429


def test_a_token_that_belongs_to_nobody_has_no_password(firm: Company) -> None:
    refused(change(firm.admin), 409, "NOT_A_PERSON")


def test_a_form_says_what_was_wrong_at_its_field_and_shows_no_password_again(firm: Company) -> None:
    someone = firm.join()
    form = {"_method": "PUT", "current_password": "a wrong guess", "password": NEW}

    answer = someone.browser.post("/account/password", data=form)

    assert answer.status_code == 400
    assert "This is not your present password." in answer.text
    assert "a wrong guess" not in answer.text
    assert NEW not in answer.text
