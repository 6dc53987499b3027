"""Enrolment keys: made and taken back by administrators, shown once."""

from __future__ import annotations

import pytest

from tests.support.api import good, read, refused
from tests.support.company import Company

AGENT = {"name": "Reviewer", "worktree": "/srv/app"}


def test_a_key_stands_in_the_list_until_it_is_used_and_never_with_its_secret(firm: Company) -> None:
    made = good(firm.admin.post("/v1/enrolment-keys", json={"name": "web-01"}), 201)
    assert made["key"].startswith("fle_")
    listed = firm.admin.get("/v1/enrolment-keys")
    assert made["key"] not in listed.text
    assert made["id"] in {row["id"] for row in listed.json()["enrolment_keys"]}

    good(firm.program(made["key"]).post("/v1/enrolments", json=AGENT), 201)

    assert made["id"] not in {row["id"] for row in read(firm.admin, "/v1/enrolment-keys")["enrolment_keys"]}


def test_a_key_that_was_taken_back_enrols_nobody(firm: Company) -> None:
    made = good(firm.admin.post("/v1/enrolment-keys", json={}), 201)

    good(firm.admin.delete(f"/v1/enrolment-keys/{made['id']}"))

    refused(firm.program(made["key"]).post("/v1/enrolments", json=AGENT), 401, "INVALID_TOKEN")
    refused(firm.admin.delete(f"/v1/enrolment-keys/{made['id']}"), 404)


def test_a_page_shows_the_key_once_with_the_whole_call(firm: Company) -> None:
    boss = firm.join("admin").browser

    answer = boss.post("/enrolment-keys", data={})

    assert answer.status_code == 201
    (key,) = {part for part in answer.text.split('"') if part.startswith("fle_")}
    assert f"Authorization: Bearer {key}" in answer.text
    assert "/v1/enrolments" in answer.text
    assert key not in boss.get("/agents/new").text


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_only_administrators_are_offered_a_key_and_get_one(firm: Company, role: str) -> None:
    api = firm.join(role).browser

    assert "Make an enrolment key" not in api.get("/agents/new").text
    refused(api.post("/v1/enrolment-keys", json={}), 403, "FORBIDDEN")
    refused(api.get("/v1/enrolment-keys"), 403, "FORBIDDEN")
    assert api.post("/enrolment-keys", data={}).status_code == 403
