"""People: invited, given a role, shut out, never the last administrator (security.md 2, 6)."""

from __future__ import annotations

import pytest

from tests.support.api import eventually, good, read, refused, unique
from tests.support.company import PASSWORD, Company, code_of, company, log_in, role_of, who

ROLES = ("viewer", "operator", "admin")


@pytest.mark.parametrize("role", ROLES)
def test_who_is_invited_comes_by_the_link_and_has_the_role(firm: Company, role: str) -> None:
    invited = firm.invite(role, name="Ada Lovelace")
    assert (invited["role"], invited["state"], invited["name"]) == (role, "invited", "Ada Lovelace")
    assert invited["link"].startswith(f"{firm.server.url}/login?link=fll_")

    browser = firm.visitor()
    browser.post("/login", data={"link": code_of(invited["link"]), "password": PASSWORD})

    assert role_of(browser) == role
    assert read(firm.admin, f"/v1/people/{invited['id']}")["state"] == "active"


def test_the_link_is_in_that_one_answer_only(firm: Company) -> None:
    email = f"{unique('eve')}@example.net"
    body, key = {"email": email, "role": "viewer"}, {"Idempotency-Key": unique("key")}

    first = good(firm.admin.post("/v1/people", json=body, headers=key), 201)
    again = good(firm.admin.post("/v1/people", json=body, headers=key), 201)

    assert (again["id"], "link" in first, "link" in again) == (first["id"], True, False)
    secret = code_of(first["link"])
    assert secret not in firm.admin.get("/v1/people").text
    assert secret not in firm.admin.get(f"/v1/people/{first['id']}").text
    stored = b"".join(file.read_bytes() for file in firm.server.folder.glob("fleet.db*"))
    assert secret.encode() not in stored


def test_an_address_is_one_person_however_it_is_written(firm: Company) -> None:
    invited = firm.invite(email=f"{unique('Grace')}@Example.NET")
    assert invited["email"] == invited["email"].lower()

    body = {"email": f"  {invited['email'].upper()} ", "role": "viewer"}
    error = refused(firm.admin.post("/v1/people", json=body), 409, "EMAIL_TAKEN")
    assert error["details"] == {"field": "email"}


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"role": "viewer"}, "MISSING_EMAIL", "email"),
        ({"email": " ", "role": "viewer"}, "MISSING_EMAIL", "email"),
        ({"email": "nobody", "role": "viewer"}, "INVALID_EMAIL", "email"),
        ({"email": "a@b\x00c", "role": "viewer"}, "INVALID_EMAIL", "email"),
        ({"email": "a b@example.net", "role": "viewer"}, "INVALID_EMAIL", "email"),
        ({"email": "Ada <a@example.net>", "role": "viewer"}, "INVALID_EMAIL", "email"),
        ({"email": "x" * 300 + "@example.net", "role": "viewer"}, "INVALID_EMAIL", "email"),
        ({"email": "a@example.net"}, "MISSING_ROLE", "role"),
        ({"email": "a@example.net", "role": "owner"}, "INVALID_ROLE", "role"),
        ({"email": "a@example.net", "role": "viewer", "name": "x" * 101}, "INVALID_NAME", "name"),
        ({"email": "a@example.net", "role": "viewer", "name": "a\nb"}, "INVALID_NAME", "name"),
        ({"email": "a@example.net", "role": "viewer", "name": "a\x85b"}, "INVALID_NAME", "name"),
        ({"email": "a@example.net", "role": "viewer", "password": PASSWORD}, "UNKNOWN_FIELD", "password"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused_at_the_field(
    firm: Company, body: dict[str, str], code: str, field: str
) -> None:
    before = read(firm.admin, "/v1/people")

    assert refused(firm.admin.post("/v1/people", json=body), 400, code)["details"]["field"] == field

    assert read(firm.admin, "/v1/people") == before


def test_a_failed_invitation_keeps_what_was_typed(firm: Company) -> None:
    admin = firm.join("admin").browser

    answer = admin.post("/people", data={"email": "not an address", "name": "Zoë", "role": "operator"})

    assert answer.status_code == 400
    assert "This is not an e-mail address." in answer.text
    assert 'value="not an address"' in answer.text
    assert 'value="Zoë"' in answer.text


def test_a_page_shows_the_link_once(firm: Company) -> None:
    admin, email = firm.join("admin").browser, f"{unique('kay')}@example.net"

    answer = admin.post("/people", data={"email": email, "name": "Kay", "role": "viewer"})

    assert answer.status_code == 201
    (link,) = [part for part in answer.text.split('"') if part.startswith(f"{firm.server.url}/login?link=")]
    assert link not in admin.get("/people").text
    page = firm.visitor().get("/login", params={"link": code_of(link)})
    assert email in page.text


def test_a_new_role_is_in_force_within_a_second_for_sessions_and_personal_tokens(firm: Company) -> None:
    firm.join("admin")  # the last one could not become less
    someone = firm.join("admin")
    made = good(someone.browser.post("/v1/tokens", json={"name": "mine", "role": "admin"}), 201)
    program = firm.program(made["token"])
    assert (role_of(someone.browser), role_of(program)) == ("admin", "admin")

    firm.change(someone, role="viewer")

    eventually(lambda: (role_of(someone.browser), role_of(program)) == ("viewer", "viewer"))
    refused(someone.browser.get("/v1/people"), 403, "FORBIDDEN")
    refused(program.get("/v1/people"), 403, "FORBIDDEN")

    firm.change(someone, role="operator")

    eventually(lambda: (role_of(someone.browser), role_of(program)) == ("operator", "operator"))


def test_who_is_shut_out_is_out_everywhere_and_cannot_come_back_by_himself(firm: Company) -> None:
    someone = firm.join("operator")
    second = firm.sign_in(someone)
    made = good(someone.browser.post("/v1/tokens", json={"name": "mine", "role": "operator"}), 201)
    program = firm.program(made["token"])
    link = code_of(good(firm.admin.post(f"/v1/people/{someone.id}/links"), 201)["link"])
    assert [who(each) for each in (someone.browser, second, program)] == [200] * 3

    assert firm.change(someone, disabled=True)["state"] == "disabled"

    eventually(lambda: [who(each) for each in (someone.browser, second, program)] == [401] * 3)
    visitor = firm.visitor()
    assert log_in(visitor, someone.email).status_code == 401
    assert visitor.post("/login", data={"link": link, "password": PASSWORD}).status_code == 401
    assert visitor.post("/login", data={"token": made["token"]}).status_code == 401


def test_who_is_let_in_again_signs_in_again_and_finds_no_old_session_or_token(firm: Company) -> None:
    someone = firm.join("operator")
    made = good(someone.browser.post("/v1/tokens", json={"name": "mine", "role": "operator"}), 201)
    firm.change(someone, disabled=True)

    assert firm.change(someone, disabled=False)["state"] == "active"

    assert who(firm.sign_in(someone)) == 200
    assert (who(someone.browser), who(firm.program(made["token"]))) == (401, 401)


def test_a_new_link_ends_the_one_before_and_changes_no_password(firm: Company) -> None:
    someone = firm.join()
    first, second = (code_of(good(firm.admin.post(f"/v1/people/{someone.id}/links"), 201)["link"]) for _ in range(2))

    assert who(firm.sign_in(someone)) == 200
    assert firm.visitor().post("/login", data={"link": first}).status_code == 401
    assert firm.visitor().post("/login", data={"link": second}).status_code == 303
    refused(firm.admin.post("/v1/people/usr_none/links"), 404, "PERSON_NOT_FOUND")


@pytest.mark.parametrize("changes", [{"role": "operator"}, {"disabled": True}])
def test_the_last_administrator_stays(tmp_path_factory: pytest.TempPathFactory, changes: dict[str, object]) -> None:
    with company(tmp_path_factory.mktemp("last")) as small, small.stack:
        last, other = small.join("admin"), small.join("operator")
        small.invite("admin")  # who has not come yet could not let anybody in
        path = f"/v1/people/{last.id}"

        error = refused(small.admin.patch(path, json=changes), 409, "LAST_ADMIN")
        assert error["details"] == {"field": next(iter(changes))}
        assert (read(small.admin, path)["role"], read(small.admin, path)["state"]) == ("admin", "active")

        small.change(other, role="admin")
        good(small.admin.patch(path, json=changes))


def test_an_invitation_to_a_wrong_address_can_be_taken_back(firm: Company) -> None:
    invited = firm.invite("admin")

    good(firm.admin.patch(f"/v1/people/{invited['id']}", json={"disabled": True}))

    answer = firm.visitor().post("/login", data={"link": code_of(invited["link"]), "password": PASSWORD})
    assert answer.status_code == 401


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_people_are_a_matter_of_administrators(firm: Company, role: str) -> None:
    someone, other = firm.join(role), firm.join("operator")
    before = read(firm.admin, f"/v1/people/{other.id}")

    for path in ("/v1/people", f"/v1/people/{other.id}", f"/v1/people/{someone.id}"):
        refused(someone.browser.get(path), 403, "FORBIDDEN")
    for target in (other.id, someone.id):
        refused(someone.browser.patch(f"/v1/people/{target}", json={"role": "admin"}), 403, "FORBIDDEN")
        refused(someone.browser.post(f"/v1/people/{target}/links"), 403, "FORBIDDEN")
    body = {"email": f"{unique('eve')}@example.net", "role": "viewer"}
    refused(someone.browser.post("/v1/people", json=body), 403, "FORBIDDEN")

    assert read(firm.admin, f"/v1/people/{other.id}") == before
    assert role_of(someone.browser) == role


def test_no_hash_leaves_the_house(firm: Company) -> None:
    someone = firm.join()

    for path in ("/v1/people", f"/v1/people/{someone.id}"):
        text = firm.admin.get(path).text
        assert "argon2" not in text
        assert "password_hash" not in text
    stored = b"".join(file.read_bytes() for file in firm.server.folder.glob("fleet.db*"))
    assert b"$argon2id$" in stored
    assert PASSWORD.encode() not in stored


def test_a_person_leads_to_what_they_and_their_tokens_did(firm: Company) -> None:
    someone = firm.join("operator")
    made = good(someone.browser.post("/v1/tokens", json={"name": unique("laptop"), "role": "operator"}), 201)
    good(firm.program(made["token"]).post("/v1/tasks", json={"title": "t", "description": "d"}), 201)
    person = read(someone.browser, "/v1/account")["person"]["id"]

    page = firm.admin.get(f"/people/{person}", headers={"Accept": "text/html"}).text
    assert f'href="/audit?actor={person}"' in page
    text = firm.admin.get(f"/audit?actor={person}", headers={"Accept": "text/html"}).text
    assert "made token" in text
    assert "added task" in text
