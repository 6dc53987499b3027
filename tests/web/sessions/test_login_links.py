"""One-time links: looking spends nothing, the button does, once; a password is chosen by it."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.support.api import eventually, good, read
from tests.support.company import PASSWORD, Company, code_of, log_in, who

OTHER = "a second good one"


def test_looking_at_a_link_spends_nothing(firm: Company) -> None:
    code = code_of(firm.invite(name="Ada")["link"])
    for _ in range(3):
        page = firm.visitor().get("/login", params={"link": code})
        assert (page.status_code, "Welcome, Ada" in page.text, "Set-Cookie" in page.headers) == (
            200,
            True,
            False,
        )

    assert firm.visitor().post("/login", data={"link": code, "password": PASSWORD}).status_code == 303


def test_of_many_at_once_one_gets_in(firm: Company) -> None:
    code = code_of(firm.invite()["link"])
    visitors = [firm.visitor() for _ in range(6)]

    with ThreadPoolExecutor(6) as many:
        data = {"link": code, "password": PASSWORD}
        answers = list(many.map(lambda visitor: visitor.post("/login", data=data), visitors))

    assert sorted(answer.status_code for answer in answers) == [303] + [401] * 5
    assert sum(who(visitor) == 200 for visitor in visitors) == 1


def test_a_link_ends_the_session_that_the_browser_had(firm: Company) -> None:
    visitor = firm.visitor()
    visitor.post("/login", data={"link": code_of(firm.invite()["link"]), "password": PASSWORD})
    before = dict(visitor.cookies)

    visitor.post("/login", data={"link": code_of(firm.invite()["link"]), "password": PASSWORD})

    assert who(visitor) == 200
    thief = firm.visitor()
    thief.cookies.update(before)
    assert who(thief) == 401


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaaaaaa"])
def test_a_weak_password_does_not_spend_the_link(firm: Company, password: str) -> None:
    code = code_of(firm.invite()["link"])
    visitor = firm.visitor()

    answer = visitor.post("/login", data={"link": code, "password": password})

    assert (answer.status_code, code in answer.text) == (400, True)
    assert visitor.post("/login", data={"link": code, "password": PASSWORD}).status_code == 303


def test_by_a_link_a_forgotten_password_is_replaced_and_old_sessions_end(firm: Company) -> None:
    someone = firm.join()
    code = code_of(good(firm.admin.post(f"/v1/people/{someone.id}/links"), 201)["link"])
    visitor = firm.visitor()

    assert visitor.post("/login", data={"link": code, "password": OTHER}).status_code == 303

    eventually(lambda: who(someone.browser) == 401)
    assert who(visitor) == 200
    assert log_in(firm.visitor(), someone.email, PASSWORD).status_code == 401
    assert log_in(firm.visitor(), someone.email, OTHER).status_code == 303


def test_who_has_a_password_may_keep_it(firm: Company) -> None:
    someone = firm.join()
    code = code_of(good(firm.admin.post(f"/v1/people/{someone.id}/links"), 201)["link"])

    assert firm.visitor().post("/login", data={"link": code, "password": ""}).status_code == 303

    assert log_in(firm.visitor(), someone.email).status_code == 303
    assert who(someone.browser) == 200


def test_a_link_has_the_role_of_its_person_by_then(firm: Company) -> None:
    invited = firm.invite("admin")
    firm.admin.patch(f"/v1/people/{invited['id']}", json={"role": "viewer"})
    visitor = firm.visitor()

    visitor.post("/login", data={"link": code_of(invited["link"]), "password": PASSWORD})

    assert read(visitor, "/v1/account")["role"] == "viewer"


def test_nobody_becomes_another_one_by_what_he_types(firm: Company) -> None:
    boss, invited = firm.join("admin"), firm.invite("viewer")
    data = {"link": code_of(invited["link"]), "password": OTHER, "email": boss.email, "role": "admin"}
    visitor = firm.visitor()

    visitor.post("/login", data=data)

    assert read(visitor, "/v1/account")["person"]["id"] == invited["id"]
    assert read(visitor, "/v1/account")["role"] == "viewer"
    assert log_in(firm.visitor(), boss.email).status_code == 303


def test_an_old_link_opens_nothing_and_the_list_says_that_it_has_lapsed(firm: Company) -> None:
    invited = firm.invite()
    with closing(sqlite3.connect(firm.server.database)) as connection, connection:
        connection.execute(
            "UPDATE tokens SET expires_at = '2020-01-01 00:00:00.000000' WHERE person_id = ?",
            (invited["id"],),
        )

    answer = firm.visitor().post("/login", data={"link": code_of(invited["link"]), "password": PASSWORD})

    assert (answer.status_code, "too old" in answer.text) == (401, True)
    assert read(firm.admin, "/v1/people")["people"]
    states = {row["id"]: row["state"] for row in read(firm.admin, "/v1/people")["people"]}
    assert states[invited["id"]] == "lapsed"


@pytest.mark.parametrize("name", ["x" * 101, "a\x00b"])
def test_the_first_administrator_has_a_name_that_can_be_read(firm: Company, name: str) -> None:
    found = firm.server.log.partition("/login?link=")[2].split()[0]
    data = {"link": found, "email": "first@example.net", "name": name, "password": PASSWORD}

    answer = firm.visitor().post("/login", data=data)

    assert (answer.status_code, "A name is one line of at most 100" in answer.text) == (400, True)
