"""An agent's own keys: made anew with an overlap, shown once, revoked (security.md 5)."""

from __future__ import annotations

import time

import pytest

from tests.support.api import eventually, good, make_agent, read, refused, unique
from tests.support.company import Company


def keys(firm: Company, agent: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = read(firm.admin, f"/v1/agents/{agent}/keys")["keys"]
    return found


def works(firm: Company, agent: str, key: str) -> bool:
    return firm.program(key).get(f"/v1/agents/{agent}").status_code == 200


def test_a_key_is_shown_once_and_stored_nowhere(firm: Company) -> None:
    agent = make_agent(firm.admin)["id"]
    headers = {"Idempotency-Key": unique("key")}

    first = good(firm.admin.post(f"/v1/agents/{agent}/keys", json={"name": "box"}, headers=headers), 201)
    again = good(firm.admin.post(f"/v1/agents/{agent}/keys", json={"name": "box"}, headers=headers), 201)

    assert (first["key"][:4], "key" in again, again["id"]) == ("fla_", False, first["id"])
    (listed,) = keys(firm, agent)
    assert (listed["name"], listed["prefix"], "key" in listed) == ("box", first["key"][:8], False)
    stored = b"".join(file.read_bytes() for file in firm.server.folder.glob("fleet.db*"))
    assert first["key"].encode() not in stored


def test_an_agent_rotates_its_own_key_and_the_old_one_works_on_for_the_overlap(firm: Company) -> None:
    agent = make_agent(firm.admin)["id"]
    old = good(firm.admin.post(f"/v1/agents/{agent}/keys", json={}), 201)["key"]

    new = good(firm.program(old).post(f"/v1/agents/{agent}/keys", json={"overlap": 2}), 201)["key"]

    assert works(firm, agent, new)
    time.sleep(2)
    eventually(lambda: not works(firm, agent, old))
    assert works(firm, agent, new)


def test_without_an_overlap_the_old_key_ends_at_once(firm: Company) -> None:
    agent = make_agent(firm.admin)["id"]
    old = good(firm.admin.post(f"/v1/agents/{agent}/keys", json={}), 201)["key"]
    assert works(firm, agent, old)

    new = good(firm.admin.post(f"/v1/agents/{agent}/keys", json={"overlap": 0}), 201)

    eventually(lambda: not works(firm, agent, old))
    assert works(firm, agent, new["key"])
    assert [key["id"] for key in keys(firm, agent)] == [new["id"]]


@pytest.mark.parametrize("overlap", [-1, 7 * 86400 + 1, "long", 1.5])
def test_an_overlap_is_at_most_a_week(firm: Company, overlap: object) -> None:
    agent = make_agent(firm.admin)["id"]
    refused(firm.admin.post(f"/v1/agents/{agent}/keys", json={"overlap": overlap}), 400, "INVALID_OVERLAP")
    assert keys(firm, agent) == []


def test_a_revoked_key_opens_nothing_and_only_its_agents_keys_are_revoked(firm: Company) -> None:
    agent, other = make_agent(firm.admin)["id"], make_agent(firm.admin)["id"]
    made = good(firm.admin.post(f"/v1/agents/{agent}/keys", json={}), 201)
    refused(firm.admin.delete(f"/v1/agents/{other}/keys/{made['id']}"), 404)
    assert works(firm, agent, made["key"])

    good(firm.admin.delete(f"/v1/agents/{agent}/keys/{made['id']}"))

    eventually(lambda: not works(firm, agent, made["key"]))


def test_a_page_shows_the_key_once_with_a_call_that_uses_it(firm: Company) -> None:
    agent = make_agent(firm.admin)["id"]
    boss = firm.join("admin").browser

    answer = boss.post(f"/agents/{agent}/keys", data={"overlap": "0"})

    assert answer.status_code == 201
    (key,) = {part for part in answer.text.split('"') if part.startswith("fla_")}
    assert f"X-Agent-Key: {key}" in answer.text
    assert works(firm, agent, key)
    assert key not in boss.get(f"/agents/{agent}/details").text


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_keys_are_a_matter_of_administrators(firm: Company, role: str) -> None:
    agent = make_agent(firm.admin)["id"]
    (made,) = [good(firm.admin.post(f"/v1/agents/{agent}/keys", json={}), 201)]
    api = firm.join(role).browser

    refused(api.get(f"/v1/agents/{agent}/keys"), 403, "FORBIDDEN")
    refused(api.post(f"/v1/agents/{agent}/keys", json={}), 403, "FORBIDDEN")
    refused(api.delete(f"/v1/agents/{agent}/keys/{made['id']}"), 403, "FORBIDDEN")

    page = api.get(f"/agents/{agent}/details").text
    assert made["prefix"] not in page
    assert works(firm, agent, made["key"])
