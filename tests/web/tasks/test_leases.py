"""What a claim gives: a lease and its fencing number (contract I5, I10)."""

from __future__ import annotations

from datetime import datetime

import httpx
import pytest

from tests.support.api import JSON, eventually, good, make_agent, make_task, read, refused


def take(api: httpx.Client, task: JSON, agent: JSON, **more: object) -> JSON:
    body = {"agent_id": agent["id"]} | more
    taken: JSON = good(api.post(f"/v1/tasks/{task['id']}/claim", json=body), 200)
    return taken


def path(task: JSON, what: str = "") -> str:
    return f"/v1/tasks/{task['id']}{what}"


def claims(api: httpx.Client, task: JSON) -> list[JSON]:
    found: list[JSON] = read(api, path(task, "/claims"))["claims"]
    return found


@pytest.fixture
def task(api: httpx.Client) -> JSON:
    """A task that nobody has."""
    return make_task(api)


def test_a_lease_lasts_five_minutes_unless_told_otherwise(api: httpx.Client, task: JSON, agent: JSON) -> None:
    assert seconds(take(api, task, agent)["task"]) == 300
    assert seconds(take(api, make_task(api), agent, lease=3600)["task"]) == 3600


def test_a_renewed_lease_lasts_its_own_length_or_another(api: httpx.Client, task: JSON, agent: JSON) -> None:
    fence = take(api, task, agent, lease=600)["lease"]["fence"]
    before = read(api, path(task))

    after = good(api.patch(path(task, "/claim"), json={"fence": fence}))
    assert after["lease"]["fence"] == fence
    assert after["lease"]["expires_at"] > before["lease_expires_at"]
    longer = good(api.patch(path(task, "/claim"), json={"fence": fence, "lease": 3600}))

    assert moment(longer["lease"]["expires_at"]) > moment(after["lease"]["expires_at"])
    assert read(api, path(task))["lease_expires_at"] == longer["lease"]["expires_at"]


def test_a_released_task_goes_back_under_a_rising_fence(api: httpx.Client, task: JSON, agent: JSON) -> None:
    for fence in (1, 2, 3):
        assert take(api, task, agent)["lease"]["fence"] == fence
        back = good(api.request("DELETE", path(task, "/claim"), json={"fence": fence}))
        assert (back["status"], back["assigned_agent_id"]) == ("pending", None)

    assert [(claim["fence"], claim["ending"]) for claim in claims(api, task)] == [
        (fence, "released") for fence in (1, 2, 3)
    ]


def test_a_fence_may_stand_in_the_query_and_an_operator_needs_none(api: httpx.Client, task: JSON, agent: JSON) -> None:
    fence = take(api, task, agent)["lease"]["fence"]
    assert good(api.delete(path(task, f"/claim?fence={fence}")))["status"] == "pending"
    take(api, task, agent)

    assert good(api.delete(path(task, "/claim")))["status"] == "pending"
    assert [claim["ending"] for claim in claims(api, task)] == ["released", "revoked"]
    refused(api.delete(path(task, "/claim")), 409, "TASK_NOT_CLAIMED")
    for fence in ("x", "-1", "1" * 20, ""):
        refused(api.delete(path(task, f"/claim?fence={fence}")), 400, "INVALID_FENCE")


def test_a_claimed_task_is_completed_with_its_fence(api: httpx.Client, task: JSON, agent: JSON) -> None:
    fence = take(api, task, agent)["lease"]["fence"]

    done = good(api.post(path(task, "/completion"), json={"fence": fence, "result": "All green"}), 200)

    assert (done["status"], done["result"], done["lease_expires_at"]) == ("completed", "All green", None)
    assert done["completed_at"] is not None
    assert claims(api, task)[0]["ending"] == "completed"


def test_a_claimed_task_fails_with_its_fence(api: httpx.Client, task: JSON, agent: JSON) -> None:
    fence = take(api, task, agent)["lease"]["fence"]

    over = good(api.post(path(task, "/failure"), json={"fence": fence, "reason": "No disk"}), 200)

    assert (over["status"], over["failure_reason"], over["completed_at"]) == ("failed", "No disk", None)
    assert claims(api, task)[0]["ending"] == "failed"


@pytest.mark.parametrize("ending", ["completion", "failure"])
def test_an_answer_under_a_stale_fence_changes_nothing_and_is_kept(
    api: httpx.Client, task: JSON, agent: JSON, ending: str
) -> None:
    stale = take(api, task, agent)["lease"]["fence"]
    good(api.delete(path(task, "/claim")))
    other = make_agent(api)
    holder = take(api, task, other)["task"]

    late = {"fence": stale, "result" if ending == "completion" else "reason": "My late answer"}
    error = refused(api.post(path(task, f"/{ending}"), json=late), 409, "STALE_FENCE")

    assert error["details"]["current_fence"] == stale + 1
    assert read(api, path(task)) == holder
    first, second = claims(api, task)
    assert (first["late_answer"], first["late_at"] is None) == ("My late answer", False)
    assert (second["agent_id"], second["ending"], second["late_answer"]) == (other["id"], None, None)


def test_an_answer_given_twice_is_refused_and_the_first_one_stays(api: httpx.Client, task: JSON, agent: JSON) -> None:
    fence = take(api, task, agent)["lease"]["fence"]
    done = good(api.post(path(task, "/completion"), json={"fence": fence, "result": "first"}))

    again = {"fence": fence, "result": "second"}
    refused(api.post(path(task, "/completion"), json=again), 409, "STALE_FENCE")
    refused(api.post(path(task, "/failure"), json={"fence": fence}), 409, "STALE_FENCE")

    assert read(api, path(task)) == done


def test_a_fence_that_never_was_leaves_no_trace(api: httpx.Client, task: JSON, agent: JSON) -> None:
    holder = take(api, task, agent)["task"]
    before = claims(api, task)

    for fence in (2, 99):
        refused(api.post(path(task, "/completion"), json={"fence": fence}), 409, "STALE_FENCE")
        refused(api.patch(path(task, "/claim"), json={"fence": fence}), 409, "STALE_FENCE")
        refused(api.request("DELETE", path(task, "/claim"), json={"fence": fence}), 409, "STALE_FENCE")

    assert (read(api, path(task)), claims(api, task)) == (holder, before)


def test_nobody_edits_the_status_or_the_assignee_under_a_live_lease(api: httpx.Client, task: JSON, agent: JSON) -> None:
    holder = take(api, task, agent)["task"]

    changes: list[JSON] = [{"status": "completed"}, {"status": "pending"}, {"assigned_agent_id": None}]
    for change in changes:
        refused(api.patch(path(task), json=change), 409, "TASK_CLAIMED")
    assert read(api, path(task)) == holder
    assert good(api.patch(path(task), json={"title": "A better title"}))["lease_expires_at"]


def test_a_deleted_agent_holds_nothing_any_more(api: httpx.Client, task: JSON, agent: JSON) -> None:
    fence = take(api, task, agent)["lease"]["fence"]
    good(api.delete(f"/v1/agents/{agent['id']}"))

    back = read(api, path(task))
    assert (back["status"], back["assigned_agent_id"]) == ("pending", None)
    refused(api.post(path(task, "/completion"), json={"fence": fence}), 409, "STALE_FENCE")
    assert claims(api, task)[0]["ending"] == "revoked"


@pytest.mark.parametrize("what", ["completion", "failure"])
@pytest.mark.parametrize("fence", [None, 0, -1, "1", 1.5, 2**60])
def test_an_ending_names_its_fence(api: httpx.Client, task: JSON, agent: JSON, what: str, fence: object) -> None:
    holder = take(api, task, agent)["task"]

    refused(api.post(path(task, f"/{what}"), json={"fence": fence}), 400, "INVALID_FENCE")
    refused(api.post(path(task, f"/{what}"), json={}), 400, "MISSING_FENCE")
    assert read(api, path(task)) == holder


@pytest.mark.slow  # no lease is shorter than ten seconds
def test_a_lease_that_ran_out_gives_the_task_back(api: httpx.Client, task: JSON, agent: JSON) -> None:
    fence = take(api, task, agent, lease=10)["lease"]["fence"]

    back = eventually(lambda: pending(api, task), 60)

    assert (back["assigned_agent_id"], back["lease_expires_at"]) == (None, None)
    refused(api.post(path(task, "/completion"), json={"fence": fence, "result": "x"}), 409, "STALE_FENCE")
    (claim,) = claims(api, task)
    assert (claim["ending"], claim["late_answer"]) == ("expired", "x")
    lines = read(api, f"/v1/agents/{agent['id']}/events")["events"]
    assert [line["metadata"]["fence"] for line in lines] == [fence, fence]
    assert take(api, task, agent)["lease"]["fence"] == fence + 1


def pending(api: httpx.Client, task: JSON) -> JSON | None:
    found: JSON = read(api, path(task))
    return found if found["status"] == "pending" else None


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def seconds(task: JSON) -> float:
    return (moment(task["lease_expires_at"]) - moment(task["started_at"])).total_seconds()
