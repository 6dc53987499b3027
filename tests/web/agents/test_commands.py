"""What an agent is told: sent, fetched in order, read, answered, withdrawn, expired."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.api import JSON, eventually, good, make_agent, read, refused, send_command


def path(agent: JSON, command: JSON | None = None) -> str:
    return f"/v1/agents/{agent['id']}/commands" + (f"/{command['id']}" if command else "")


def waiting(api: httpx.Client, agent: JSON) -> list[JSON]:
    found: list[JSON] = read(api, f"{path(agent)}?status=sent")["commands"]
    return found


def test_commands_come_in_the_order_in_which_they_were_sent(api: httpx.Client, agent: JSON) -> None:
    sent = [send_command(api, agent["id"], content=str(number))["id"] for number in range(12)]

    assert [command["id"] for command in waiting(api, agent)] == sent
    pages = [read(api, f"{path(agent)}?limit=5&offset={offset}")["commands"] for offset in (0, 5, 10)]
    assert [command["id"] for page in pages for command in page] == sent


def test_a_command_without_a_type_is_an_instruction_that_waits_a_week(api: httpx.Client, agent: JSON) -> None:
    command = send_command(api, agent["id"])

    assert (command["type"], command["status"], command["state"]) == ("instruction", "sent", "queued")
    assert (command["response"], command["responded_at"], command["outcome"]) == (None, None, None)
    assert command["expires_at"] > command["sent_at"]


def test_the_list_can_be_narrowed_by_status_and_type(api: httpx.Client, agent: JSON) -> None:
    question = send_command(api, agent["id"], type="question")
    send_command(api, agent["id"], type="feedback")

    found = read(api, f"{path(agent)}?status=sent&type=question")["commands"]

    assert [command["id"] for command in found] == [question["id"]]
    refused(api.get(f"{path(agent)}?status=gone"), 400, "INVALID_STATUS")
    refused(api.get(f"{path(agent)}?type=sh"), 400, "INVALID_TYPE")


def test_a_command_is_read_and_answered(api: httpx.Client, agent: JSON) -> None:
    command = send_command(api, agent["id"])

    seen = good(api.patch(path(agent, command), json={"status": "acknowledged"}))
    assert (seen["status"], seen["state"], seen["outcome"]) == ("acknowledged", "running", None)
    done = good(api.patch(path(agent, command), json={"status": "completed", "response": "Did it"}))

    assert (done["status"], done["outcome"], done["response"]) == ("completed", "succeeded", "Did it")
    assert done["acknowledged_at"] == seen["acknowledged_at"]
    assert waiting(api, agent) == []
    assert read(api, path(agent, command)) == done


def test_an_agent_can_say_that_it_could_not(api: httpx.Client, agent: JSON) -> None:
    command = send_command(api, agent["id"])
    report = {"status": "completed", "outcome": "failed", "response": "No such file"}

    done = good(api.patch(path(agent, command), json=report))

    assert (done["outcome"], done["state"], done["acknowledged_at"] is None) == ("failed", "failed", False)


def test_a_command_goes_forward_only(api: httpx.Client, agent: JSON) -> None:
    command = send_command(api, agent["id"])
    good(api.patch(path(agent, command), json={"status": "acknowledged"}))
    refused(api.patch(path(agent, command), json={"status": "sent"}), 409, "COMMAND_ALREADY_ACKNOWLEDGED")
    done = good(api.patch(path(agent, command), json={"status": "completed", "response": "x"}))

    for back in ({"status": "sent"}, {"status": "acknowledged"}, {"response": "y"}):
        refused(api.patch(path(agent, command), json=back), 409, "COMMAND_ALREADY_COMPLETED")
    assert good(api.patch(path(agent, command), json={"status": "completed", "response": "x"})) == done
    assert read(api, path(agent, command)) == done


def test_an_outcome_belongs_to_a_completed_command(api: httpx.Client, agent: JSON) -> None:
    command = send_command(api, agent["id"])

    for status in ({}, {"status": "acknowledged"}):
        refused(api.patch(path(agent, command), json={"outcome": "failed"} | status), 400, "INVALID_OUTCOME")
    assert read(api, path(agent, command)) == command


def test_what_was_not_read_can_be_withdrawn_and_stays_on_record(api: httpx.Client, agent: JSON) -> None:
    command = send_command(api, agent["id"])

    gone = good(api.delete(path(agent, command)), 200)

    assert (gone["status"], gone["outcome"]) == ("completed", "canceled")
    assert waiting(api, agent) == []
    assert read(api, path(agent))["commands"] == [gone]
    refused(api.delete(path(agent, command)), 409, "COMMAND_ALREADY_READ")


def test_what_was_read_cannot_be_withdrawn(api: httpx.Client, agent: JSON) -> None:
    command = send_command(api, agent["id"])
    good(api.patch(path(agent, command), json={"status": "acknowledged"}))

    refused(api.delete(path(agent, command)), 409, "COMMAND_ALREADY_READ")
    assert read(api, path(agent, command))["status"] == "acknowledged"


def test_a_command_is_found_under_its_own_agent_only(api: httpx.Client, agent: JSON) -> None:
    command = send_command(api, agent["id"])
    other = make_agent(api)

    for method in ("GET", "PATCH", "DELETE"):
        refused(api.request(method, path(other, command), json={}), 404, "COMMAND_NOT_FOUND")
        refused(api.request(method, path({"id": "nope"}, command), json={}), 404, "AGENT_NOT_FOUND")


def test_a_long_poll_answers_as_soon_as_a_command_is_sent(api: httpx.Client, agent: JSON) -> None:
    with ThreadPoolExecutor() as pool:
        poll = pool.submit(api.get, f"{path(agent)}?status=sent&wait=50")
        time.sleep(0.5)
        assert not poll.done()
        began = time.monotonic()
        command = send_command(api, agent["id"])
        found = good(poll.result(60))["commands"]

    assert [each["id"] for each in found] == [command["id"]]
    assert time.monotonic() - began < 25


def test_a_long_poll_that_finds_something_does_not_wait(api: httpx.Client, agent: JSON) -> None:
    command = send_command(api, agent["id"])

    began = time.monotonic()
    found = read(api, f"{path(agent)}?status=sent&wait=50")["commands"]

    assert [each["id"] for each in found] == [command["id"]]
    assert time.monotonic() - began < 25


def test_a_long_poll_that_finds_nothing_answers_an_empty_list(api: httpx.Client, agent: JSON) -> None:
    began = time.monotonic()

    assert read(api, f"{path(agent)}?status=sent&wait=1") == {"commands": []}
    assert time.monotonic() - began >= 1


def test_a_long_poll_hears_only_its_own_agents_commands(api: httpx.Client, agent: JSON) -> None:
    other = make_agent(api)
    with ThreadPoolExecutor() as pool:
        poll = pool.submit(api.get, f"{path(agent)}?status=sent&wait=2")
        time.sleep(0.3)
        send_command(api, other["id"])

        assert good(poll.result(60)) == {"commands": []}


@pytest.mark.parametrize("wait", ["-1", "56", "soon", "1.5", ""])
def test_a_wait_is_a_number_of_seconds_up_to_55(api: httpx.Client, agent: JSON, wait: str) -> None:
    error = refused(api.get(f"{path(agent)}?wait={wait}"), 400, "INVALID_WAIT")

    assert error["details"] == {"field": "wait"}


@pytest.mark.slow  # commands are looked through every 30 seconds
def test_a_command_that_nobody_fetched_expires_and_does_not_look_done(api: httpx.Client, agent: JSON) -> None:
    command = send_command(api, agent["id"], expires_in=1)

    expired = eventually(lambda: ended(api, path(agent, command)), 60)

    assert (expired["outcome"], expired["state"]) == ("expired", "expired")
    assert (expired["responded_at"], expired["response"]) == (None, None)
    report = {"status": "completed", "response": "too late"}
    refused(api.patch(path(agent, command), json=report), 409, "COMMAND_ALREADY_COMPLETED")


def ended(api: httpx.Client, command: str) -> JSON | None:
    found: JSON = read(api, command)
    return found if found["status"] == "completed" else None
