"""API tokens: one's own, never above oneself, shown once, gone with whoever stands behind them (security.md 7)."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.support.api import JSON, eventually, good, read, refused, unique
from tests.support.company import Company, role_of, who
from tests.support.tokens import browser, make_token

ROLES = ("viewer", "operator", "admin")


def make(api: httpx.Client, role: str = "viewer", **more: object) -> JSON:
    made: JSON = good(api.post("/v1/tokens", json={"name": unique("ci"), "role": role} | more), 201)
    return made


def ids(api: httpx.Client) -> set[str]:
    return {row["id"] for row in read(api, "/v1/tokens")["tokens"]}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("wanted", ROLES)
def test_nobody_makes_a_token_that_may_more_than_he(firm: Company, role: str, wanted: str) -> None:
    someone = firm.join(role)
    if ROLES.index(wanted) <= ROLES.index(role):
        made = make(someone.browser, wanted)
        assert role_of(firm.program(made["token"])) == wanted
        return
    before = ids(firm.admin)
    body = {"name": "more", "role": wanted}
    refused(someone.browser.post("/v1/tokens", json=body), 403, "ROLE_ABOVE_YOURS")
    assert ids(firm.admin) == before


def test_the_secret_is_in_that_one_answer_only(firm: Company) -> None:
    headers = {"Idempotency-Key": unique("key")}
    body = {"name": "ci", "role": "viewer"}
    first = good(firm.admin.post("/v1/tokens", json=body, headers=headers), 201)
    again = good(firm.admin.post("/v1/tokens", json=body, headers=headers), 201)

    assert first["token"].startswith(f"{first['prefix']}")
    assert (again["id"], "token" in again) == (first["id"], False)
    assert first["token"] not in firm.admin.get("/v1/tokens").text
    stored = b"".join(file.read_bytes() for file in firm.server.folder.glob("fleet.db*"))
    assert first["token"].encode() not in stored


def test_a_page_shows_the_secret_once_with_the_call_that_uses_it(firm: Company) -> None:
    someone = firm.join("operator").browser

    answer = someone.post("/tokens", data={"name": "laptop", "role": "operator", "expires_in": "86400"})

    assert answer.status_code == 201
    secrets = {part for part in answer.text.split('"') if part.startswith("flt_")}
    (secret,) = secrets
    assert f"Authorization: Bearer {secret}" in answer.text.replace("&#34;", '"')
    assert role_of(firm.program(secret)) == "operator"
    assert secret not in someone.get("/tokens").text


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": "", "role": "viewer"}, "name"),
        ({"name": "kept as typed", "role": ""}, "role"),
        ({"name": "kept as typed", "role": "viewer", "expires_in": "5"}, "expires_in"),
        ({"name": "kept as typed", "role": "admin"}, "role"),
    ],
)
def test_a_form_that_failed_says_so_at_the_field_and_keeps_what_was_typed(
    firm: Company, form: dict[str, str], field: str
) -> None:
    answer = firm.join("viewer").browser.post("/tokens", data=form)

    assert answer.status_code in (400, 403)
    assert form["name"] in answer.text
    marked = answer.text.partition(f'id="token-{field}-error"')[2].partition("</p>")[0]
    assert len(marked.partition(">")[2].strip()) > 10


@pytest.mark.parametrize("lives", [59, 0, -1, 6 * 366 * 86400, 1.5, "soon"])
def test_a_token_lives_a_minute_to_five_years(firm: Company, lives: object) -> None:
    body = {"name": "ci", "role": "viewer", "expires_in": lives}
    refused(firm.admin.post("/v1/tokens", json=body), 400, "INVALID_EXPIRES_IN")


def test_everybody_sees_and_revokes_their_own_and_an_administrator_all(firm: Company) -> None:
    ada, bob = firm.join("operator"), firm.join("operator")
    mine, his = make(ada.browser), make(bob.browser)
    unowned = make(firm.admin, personal=False)

    assert ids(ada.browser) == {mine["id"]}
    for foreign in (his, unowned, {"id": "tok_none"}):
        refused(ada.browser.delete(f"/v1/tokens/{foreign['id']}"), 404, "TOKEN_NOT_FOUND")
    assert who(firm.program(his["token"])) == 200
    assert {mine["id"], his["id"], unowned["id"]} <= ids(firm.admin)

    good(ada.browser.delete(f"/v1/tokens/{mine['id']}"))
    good(firm.admin.delete(f"/v1/tokens/{his['id']}"))

    eventually(lambda: [who(firm.program(each["token"])) for each in (mine, his)] == [401, 401])
    states = {row["id"]: row["state"] for row in read(firm.admin, "/v1/tokens")["tokens"]}
    assert (states[mine["id"]], states[unowned["id"]]) == ("revoked", "good")


def test_nobody_revokes_what_is_no_token(firm: Company) -> None:
    someone = firm.join("viewer")
    session = read(someone.browser, "/v1/sessions")["sessions"][0]["id"]

    refused(firm.admin.delete(f"/v1/tokens/{session}"), 404, "TOKEN_NOT_FOUND")

    assert who(someone.browser) == 200


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_only_an_administrator_makes_tokens_that_belong_to_nobody(firm: Company, role: str) -> None:
    someone = firm.join(role)
    body = {"name": "alone", "role": "viewer", "personal": False}

    refused(someone.browser.post("/v1/tokens", json=body), 403, "FORBIDDEN")

    made = make(firm.join("admin").browser, personal=False)
    assert made["person_id"] is None


def test_the_session_of_a_weak_token_is_as_weak_whoever_made_it(firm: Company) -> None:
    boss = firm.join("admin")
    weak = make(boss.browser, "viewer")

    with browser(firm.server, weak["token"]) as signed_in:
        assert role_of(signed_in) == "viewer"
        refused(signed_in.get("/v1/people"), 403, "FORBIDDEN")
        refused(signed_in.post("/v1/tokens", json={"name": "x", "role": "admin"}), 403, "ROLE_ABOVE_YOURS")


def test_whatever_a_token_makes_ends_with_it_to_the_last(firm: Company) -> None:
    for owner in (firm.admin, firm.join("admin").browser):
        first = make(owner, "operator")
        second = make(firm.program(first["token"]), "operator")
        third = make(firm.program(second["token"]), "viewer")
        last = firm.program(third["token"])
        with browser(firm.server, second["token"]) as signed_in:
            fourth = make(signed_in, "viewer")
            ticket = good(signed_in.post("/v1/stream-tickets", json={"path": "/v1/stream"}), 201)["ticket"]
            ends = [last, firm.program(fourth["token"]), signed_in]
            assert [who(each) for each in ends] == [200] * 3

            good(owner.delete(f"/v1/tokens/{first['id']}"))

            eventually(lambda ends=ends: [who(each) for each in ends] == [401] * 3)  # type: ignore[misc]
        with firm.visitor().stream("GET", f"/v1/stream?token={ticket}") as stream:
            assert stream.status_code == 401


def test_nothing_outlives_the_token_that_made_it(firm: Company) -> None:
    short = make(firm.join("operator").browser, "operator", expires_in=60)
    api = firm.program(short["token"])

    children = [make(api), make(api, expires_in=3600)]

    assert [child["expires_at"] for child in children] == [short["expires_at"]] * 2
    ticket = good(api.post("/v1/stream-tickets", json={"path": "/live"}), 201)
    assert ticket["expires_at"] == short["expires_at"]


def test_a_token_stops_by_itself_when_it_expires(firm: Company) -> None:
    token = make_token(firm.server, "viewer", "--expires-in", "1s")
    api = firm.program(token.secret)
    time.sleep(1)

    eventually(lambda: who(api) == 401)
    (row,) = [row for row in read(firm.admin, "/v1/tokens")["tokens"] if row["id"] == token.id]
    assert row["state"] == "expired"


def test_a_bare_token_sees_itself_and_what_is_its_own_to_end(firm: Company) -> None:
    token = make_token(firm.server, "operator")
    api = firm.program(token.secret)

    assert ids(api) == {token.id}
    good(api.delete(f"/v1/tokens/{token.id}"))
    eventually(lambda: who(api) == 401)


def test_each_token_leads_an_administrator_to_what_it_did_and_nobody_else(firm: Company) -> None:
    someone = firm.join("operator")
    made = make(someone.browser, "viewer")
    ended = make(someone.browser, "viewer")
    good(someone.browser.delete(f"/v1/tokens/{ended['id']}"))
    page = {"Accept": "text/html"}

    text = firm.admin.get("/tokens", headers=page).text
    for token in (made, ended):
        assert f'href="/audit?actor={token["id"]}"' in text
    assert "/audit" not in someone.browser.get("/tokens", headers=page).text
    good(firm.admin.get(f"/v1/audit?actor={made['id']}"))
