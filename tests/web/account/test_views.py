"""My account: who I am, and what everybody may change about themselves."""

from __future__ import annotations

import pytest

from tests.support.api import good, read, refused
from tests.support.company import Company, role_of
from tests.support.tokens import browser

ROLES = ("viewer", "operator", "admin")


@pytest.mark.parametrize("role", ROLES)
def test_it_says_who_asks(firm: Company, role: str) -> None:
    someone = firm.join(role, name="Ada")

    seen = read(someone.browser, "/v1/account")

    assert (seen["name"], seen["role"]) == ("Ada", role)
    assert (seen["person"]["id"], seen["person"]["email"]) == (someone.id, someone.email)


def test_a_bare_token_has_a_name_and_no_person(firm: Company) -> None:
    seen = read(firm.admin, "/v1/account")

    assert (seen["role"], seen["person"]) == ("admin", None)
    refused(firm.admin.patch("/v1/account", json={"name": "Root"}), 409, "NOT_A_PERSON")


@pytest.mark.parametrize("role", ROLES)
def test_everybody_changes_their_name_and_it_is_shown_at_once(firm: Company, role: str) -> None:
    someone = firm.join(role, name="Ada")

    good(someone.browser.patch("/v1/account", json={"name": "  Ada King "}))

    assert read(someone.browser, "/v1/account")["name"] == "Ada King"
    assert "Ada King" in someone.browser.get("/account").text


@pytest.mark.parametrize("more", [{"role": "admin"}, {"email": "b@example.net"}, {"id": "usr_1"}, {"disabled": False}])
def test_nobody_raises_himself(firm: Company, more: dict[str, object]) -> None:
    someone = firm.join("viewer")

    refused(someone.browser.patch("/v1/account", json={"name": "x"} | more), 400, "UNKNOWN_FIELD")

    assert role_of(someone.browser) == "viewer"


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb"])
def test_a_name_is_a_short_line(firm: Company, name: str) -> None:
    someone = firm.join(name="Ada")

    assert refused(someone.browser.patch("/v1/account", json={"name": name}), 400)["details"]["field"] == "name"

    assert read(someone.browser, "/v1/account")["name"] == "Ada"


@pytest.mark.parametrize("role", ROLES)
def test_the_page_shows_me_my_browsers_and_my_tokens_and_nobody_elses(firm: Company, role: str) -> None:
    someone, other = firm.join(role, name="Ada"), firm.join(role)
    good(someone.browser.post("/v1/tokens", json={"name": "my-own-token", "role": "viewer"}), 201)
    good(other.browser.post("/v1/tokens", json={"name": "a-foreign-token", "role": "viewer"}), 201)

    page = someone.browser.get("/account", headers={"Accept": "text/html"})

    assert page.status_code == 200
    assert someone.email in page.text
    assert other.email not in page.text
    assert "my-own-token" in page.text
    assert "a-foreign-token" not in page.text
    assert "This browser" in page.text


def test_the_page_tells_a_bare_token_that_it_is_nobody(firm: Company) -> None:
    made = good(firm.admin.post("/v1/tokens", json={"name": "bot", "role": "viewer", "personal": False}), 201)
    with browser(firm.server, made["token"]) as signed_in:
        page = signed_in.get("/account").text

    assert "belongs to nobody" in page
    assert "current_password" not in page


def test_a_failed_form_keeps_what_was_typed(firm: Company) -> None:
    someone = firm.join(name="Ada")

    answer = someone.browser.post("/account", data={"_method": "PATCH", "name": "y" * 101})

    assert answer.status_code == 400
    assert "y" * 101 in answer.text
