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
    assert 'data-report="/agents/bulk-commands/bulk_' in answer.text


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("bulk-commands", {"content": "x"}, "MISSING_IDS"),
        ("bulk-commands", {"ids": [], "content": "x"}, "INVALID_IDS"),
        ("bulk-commands", {"ids": ["a"]}, "MISSING_CONTENT"),
        ("bulk-commands", {"ids": ["a"] * 501, "content": "x"}, "INVALID_IDS"),
        ("bulk-tags", {"ids": ["a"]}, "MISSING_TAGS"),
        ("bulk-pauses", {}, "MISSING_IDS"),
        ("bulk-pauses", {"ids": ["a"], "reason": 7}, "INVALID_REASON"),
        ("bulk-resumptions", {"ids": []}, "INVALID_IDS"),
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


def test_many_are_paused_and_go_on(api: httpx.Client) -> None:
    first, second, stopped = (make_agent(api) for _ in range(3))
    good(api.post("/v1/stops", json={"kind": "stop", "agent_id": stopped["id"]}), 201)
    ids = [first["id"], second["id"], stopped["id"], "agt_gone"]

    paused = good(api.post("/v1/agents/bulk-pauses", json={"ids": ids, "reason": "Lunch"}))
    assert (paused["succeeded"], paused["failed"]) == (3, 1)
    reasons = [read(api, f"/v1/agents/{agent_id}")["pause_reason"] for agent_id in ids[:3]]
    assert reasons == ["Lunch", "Lunch", None], "one that is stopped stays as it is"
    good(api.delete(f"/v1/agents/{second['id']}/pause"))
    resumed = good(api.post("/v1/agents/bulk-resumptions", json={"ids": ids}))
    codes = [result.get("error", {}).get("code") for result in resumed["results"]]
    assert codes == [None, "AGENT_NOT_PAUSED", None, "AGENT_NOT_FOUND"]
    assert [read(api, f"/v1/agents/{agent_id}")["paused_at"] for agent_id in ids[:3]] == [None] * 3
    assert not read(api, "/v1/stops")["stops"][0]["active"]


def test_a_form_pauses_and_resumes_many(api: httpx.Client, agent: JSON) -> None:
    form = {"ids": agent["id"], "reason": "Lunch"}
    part = api.post("/agents/bulk-pauses", data=form, headers={"HX-Request": "true"})
    assert "Paused 1 agent." in part.text
    again = api.post("/agents/bulk-resumptions", data={"ids": agent["id"]})
    assert (again.status_code, again.headers["Location"]) == (303, "/agents")
    assert read(api, f"/v1/agents/{agent['id']}")["paused_at"] is None
