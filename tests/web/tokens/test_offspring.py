"""What a token made and lives on without it is shown before it is revoked, and ends with it where that is wanted."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.support.api import JSON, eventually, good, make_agent, read, refused, unique
from tests.support.company import Company, role_of

Program = httpx.Client


def make(api: httpx.Client, role: str = "admin", **more: object) -> JSON:
    made: JSON = good(api.post("/v1/tokens", json={"name": unique("ci"), "role": role} | more), 201)
    return made


def offspring(api: httpx.Client, token: JSON) -> list[tuple[str, str]]:
    return [(row["kind"], row["id"]) for row in read(api, f"/v1/tokens/{token['id']}/offspring")["offspring"]]


def works(firm: Company, secret: str) -> bool:
    return firm.program(secret).get("/v1/account").status_code != 401


def a_token(api: Program) -> tuple[str, JSON, str]:
    made = make(api, "operator", personal=False)
    return "token", made, made["token"]


def an_agents_key(api: Program) -> tuple[str, JSON, str]:
    made = good(api.post(f"/v1/agents/{make_agent(api)['id']}/keys", json={}), 201)
    return "agent_key", made, made["key"]


def an_enrolment_key(api: Program) -> tuple[str, JSON, str]:
    made = good(api.post("/v1/enrolment-keys", json={}), 201)
    return "enrolment_key", made, made["key"]


def an_enrolled_agents_key(api: Program) -> tuple[str, JSON, str]:
    key = an_enrolment_key(api)[2]
    body = {"name": "Ada", "worktree": "/src"}
    made = good(api.post("/v1/enrolments", json=body, headers={"Authorization": f"Bearer {key}"}), 201)
    keys = read(api, f"/v1/agents/{made['agent']['id']}/keys")["keys"]
    return "agent_key", keys[0], made["key"]


def by_a_token_of_its_own(api: Program) -> tuple[str, JSON, str]:
    """A personal token ends with the one that made it; what that made does not."""
    own = make(api)
    inner = httpx.Client(base_url=api.base_url, headers={"Authorization": f"Bearer {own['token']}"})
    with inner:
        return a_token(inner)


MAKERS = (a_token, an_agents_key, an_enrolment_key, an_enrolled_agents_key, by_a_token_of_its_own)


@pytest.mark.parametrize("maker", MAKERS)
def test_what_would_live_on_is_listed_and_does_unless_it_is_to_end(
    firm: Company, maker: Callable[[Program], tuple[str, JSON, str]]
) -> None:
    for too in (False, True):
        origin = make(firm.admin, personal=False)
        kind, made, secret = maker(firm.program(origin["token"]))
        assert offspring(firm.admin, origin) == [(kind, made["id"])]
        assert kind == "enrolment_key" or works(firm, secret)

        body = {"offspring": True} if too else {}
        good(firm.admin.request("DELETE", f"/v1/tokens/{origin['id']}", json=body), 204, 303)

        assert not works(firm, origin["token"])
        if kind == "enrolment_key":
            keys = [key["id"] for key in read(firm.admin, "/v1/enrolment-keys")["enrolment_keys"]]
            assert (made["id"] in keys) is not too
        else:
            eventually(lambda too=too, secret=secret: works(firm, secret) is not too)


def test_each_that_ended_too_is_an_entry_of_the_audit(firm: Company) -> None:
    origin = make(firm.admin, personal=False)
    program = firm.program(origin["token"])
    token, key = a_token(program)[1], an_agents_key(program)[1]

    good(firm.admin.request("DELETE", f"/v1/tokens/{origin['id']}", json={"offspring": True}), 204, 303)

    entries = read(firm.admin, "/v1/audit?limit=3")["entries"][:3]
    told = {(entry["action"], entry["subject_id"], entry["part_id"]) for entry in entries}
    assert told == {
        ("tokens.delete", origin["id"], None),
        ("tokens.delete", token["id"], None),
        ("agent_keys.delete", key["agent_id"], key["id"]),
    }
    assert len({entry["request_id"] for entry in entries}) == 1


def test_the_page_names_what_lives_on_and_its_box_ends_it(firm: Company) -> None:
    origin = make(firm.admin, personal=False)
    made = a_token(firm.program(origin["token"]))[1]
    page = firm.admin.get("/tokens", headers={"Accept": "text/html"}).text
    assert f"lives on without it: token “<bdi>{made['name']}</bdi>”" in page

    form = {"_method": "DELETE", "offspring": "true"}
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    assert firm.admin.post(f"/tokens/{origin['id']}", data=form, headers=headers).status_code == 303

    assert not works(firm, made["token"])


def test_a_key_that_an_agent_made_for_itself_ends_with_the_one_it_used(firm: Company) -> None:
    agent = make_agent(firm.admin)
    path = f"/v1/agents/{agent['id']}/keys"
    first = good(firm.admin.post(path, json={}), 201)
    second = good(firm.program(first["key"]).post(path, json={}), 201)
    listed = read(firm.admin, f"{path}/{first['id']}/offspring")["offspring"]
    assert [row["id"] for row in listed] == [second["id"]]

    good(firm.admin.request("DELETE", f"{path}/{first['id']}", json={"offspring": True}), 204, 303)

    assert not works(firm, second["key"])


def test_an_agent_s_page_names_what_its_key_made_and_the_box_ends_it(firm: Company) -> None:
    agent = make_agent(firm.admin)
    path = f"/agents/{agent['id']}/keys"
    first = good(firm.admin.post(f"/v1{path}", json={}), 201)
    second = good(firm.program(first["key"]).post(f"/v1{path}", json={"name": "laptop"}), 201)
    html = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    page = firm.admin.get(f"/agents/{agent['id']}/details", headers=html).text
    assert page.count(f"lives on without it: key “<bdi>laptop</bdi>”, {second['prefix']}…") == 1
    assert page.count('name="offspring"') == 1

    form = {"_method": "DELETE", "offspring": "true"}
    assert firm.admin.post(f"{path}/{first['id']}", data=form, headers=html).status_code == 303

    assert not works(firm, second["key"])


def test_only_administrators_end_what_a_token_made(firm: Company) -> None:
    someone = firm.join("operator")
    own = make(someone.browser, "operator")
    answer = someone.browser.request("DELETE", f"/v1/tokens/{own['id']}", json={"offspring": True})

    refused(answer, 403, "FORBIDDEN")
    assert role_of(firm.program(own["token"])) == "operator"


def test_what_others_tokens_made_is_shown_to_administrators_only(firm: Company) -> None:
    someone, other = firm.join("operator"), firm.join("operator")
    own = make(someone.browser, "operator")

    assert offspring(someone.browser, own) == []
    refused(other.browser.get(f"/v1/tokens/{own['id']}/offspring"), 404, "TOKEN_NOT_FOUND")
    refused(firm.admin.get("/v1/tokens/tok_none/offspring"), 404, "TOKEN_NOT_FOUND")
