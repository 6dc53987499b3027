"""One thing done to many agents at once: each for itself, and each with its own result."""

from __future__ import annotations

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, read, refused, unique


def tags(api: httpx.Client, agent: JSON) -> list[str]:
    """An agent's tags at this moment."""
    found: list[str] = read(api, f"/v1/agents/{agent['id']}")["tags"]
    return found


def test_all_are_told_the_same(api: httpx.Client) -> None:
    agents = [make_agent(api) for _ in range(3)]
    ids = [agent["id"] for agent in agents]

    answer = good(api.post("/v1/agents/bulk-commands", json={"ids": ids, "content": "rebase"}))

    assert (answer["succeeded"], answer["failed"]) == (3, 0)
    assert [result["id"] for result in answer["results"]] == ids
    for agent, result in zip(agents, answer["results"], strict=True):
        [command] = read(api, f"/v1/agents/{agent['id']}/commands")["commands"]
        assert command == result["command"]


def test_one_that_is_gone_fails_alone(api: httpx.Client, agent: JSON) -> None:
    answer = good(api.post("/v1/agents/bulk-commands", json={"ids": ["agt_gone", agent["id"]], "content": "x"}))

    assert (answer["succeeded"], answer["failed"]) == (1, 1)
    assert answer["results"][0]["error"]["code"] == "AGENT_NOT_FOUND"
    assert answer["results"][1]["command"]["content"] == "x"


def test_an_id_twice_counts_once(api: httpx.Client, agent: JSON) -> None:
    answer = good(api.post("/v1/agents/bulk-commands", json={"ids": [agent["id"]] * 2, "content": "x"}))

    assert len(answer["results"]) == 1


def test_tags_are_put_on_and_taken_off(api: httpx.Client) -> None:
    first, second = make_agent(api, tags=["old", "stays"]), make_agent(api, tags=["new"])
    body = {"ids": [first["id"], second["id"]], "add": ["new"], "remove": ["old"]}

    answer = good(api.post("/v1/agents/bulk-tags", json=body))

    assert answer["succeeded"] == 2
    assert (tags(api, first), tags(api, second)) == (["stays", "new"], ["new"])


def test_the_list_can_be_narrowed_to_a_tag_and_to_no_other(api: httpx.Client) -> None:
    tag = unique("Tag")
    wanted = make_agent(api, tags=["x", tag])
    for other in (tag.lower(), f"{tag}2", f'a",{tag}', f'"{tag}', f',"{tag}'):
        make_agent(api, tags=[other])

    found = good(api.get("/v1/agents", params={"tag": tag}))

    assert [agent["id"] for agent in found["agents"]] == [wanted["id"]]


@pytest.mark.parametrize("tag", ['a"b', "back\\slash", "ü 🦊", "a,b", "100%_"])
def test_any_tag_finds_its_agent(api: httpx.Client, tag: str) -> None:
    wanted = make_agent(api, tags=[tag, unique()])

    found = good(api.get("/v1/agents", params={"tag": tag}))

    assert wanted["id"] in [agent["id"] for agent in found["agents"]]


def test_all_are_deleted(api: httpx.Client) -> None:
    ids = [make_agent(api)["id"] for _ in range(2)]

    answer = good(api.post("/v1/agents/bulk-deletions", json={"ids": [*ids, "agt_gone"]}))

    assert (answer["succeeded"], answer["failed"]) == (2, 1)
    for agent_id in ids:
        refused(api.get(f"/v1/agents/{agent_id}"), 404)


def test_a_person_types_how_many_before_they_are_deleted(api: httpx.Client) -> None:
    ids = [make_agent(api)["id"] for _ in range(2)]
    form = {"ids": ",".join(ids)}

    wrong = [api.post("/agents/bulk-deletions", data=form | typed) for typed in ({}, {"confirm": "3"})]
    right = api.post("/agents/bulk-deletions", data=form | {"confirm": "2"}, headers={"HX-Request": "true"})

    assert [answer.status_code for answer in wrong] == [400, 400]
    assert right.status_code == 200
    assert "Deleted 2 agents." in right.text


def test_the_page_is_told_which_ones_failed_and_why(api: httpx.Client, agent: JSON) -> None:
    form = {"ids": f"{agent['id']},agt_gone", "content": "x"}

    answer = api.post("/agents/bulk-commands", data=form, headers={"HX-Request": "true"})

    assert 'data-failed="agt_gone"' in answer.text
    assert "Agent not found" in answer.text


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("bulk-commands", {"content": "x"}, "MISSING_IDS"),
        ("bulk-commands", {"ids": [], "content": "x"}, "INVALID_IDS"),
        ("bulk-commands", {"ids": ["a"]}, "MISSING_CONTENT"),
        ("bulk-commands", {"ids": ["a"] * 501, "content": "x"}, "INVALID_IDS"),
        ("bulk-tags", {"ids": ["a"]}, "MISSING_TAGS"),
        ("bulk-deletions", {}, "MISSING_IDS"),
        ("bulk-deletions", {"ids": ["a"], "confirm": "2"}, "CONFIRMATION_MISMATCH"),
    ],
)
def test_what_makes_no_sense_is_refused(api: httpx.Client, path: str, body: JSON, code: str) -> None:
    refused(api.post(f"/v1/agents/{path}", json=body), 400, code)


def test_the_same_key_sends_once(api: httpx.Client, agent: JSON) -> None:
    body, key = {"ids": [agent["id"]], "content": "once"}, {"Idempotency-Key": unique("key")}

    first, second = (api.post("/v1/agents/bulk-commands", json=body, headers=key) for _ in range(2))

    assert first.content == second.content
    assert len(read(api, f"/v1/agents/{agent['id']}/commands")["commands"]) == 1
