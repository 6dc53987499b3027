"""Document 3's commands: queued, run, looked up, awaited, ended."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from tests.support.api import JSON, eventually, good, make_agent, read, refused, send_command
from tests.support.daemons import Daemon, Host
from tests.web.published.conftest import House

ENTRY = {
    "command_id",
    "type",
    "params",
    "status",
    "outcome",
    "exit_code",
    "signal",
    "stdout_bytes",
    "stderr_bytes",
    "created_at",
    "started_at",
    "finished_at",
}


def commands(host: Host) -> str:
    return f"/api/agents/{host.id}/commands"


def order(**params: Any) -> JSON:
    return {"type": "shell", "params": {"command": "df -h", "timeout": 30} | params}


def run(house: House, host: Host, **params: Any) -> str:
    return str(good(house.operator.post(commands(host), json=order(**params)), 200)["command_id"])


def test_sending_answers_200_with_the_id_and_the_state_and_nothing_else(house: House, host: Host) -> None:
    sent = good(house.operator.post(commands(host), json=order()), 200)

    assert set(sent) == {"command_id", "status"}
    assert sent["status"] == "queued"
    assert sent["command_id"].startswith("cmd_")


def test_a_command_waits_a_minute_at_most_and_an_hour_for_its_host_unless_it_says_otherwise(
    house: House, host: Host, daemon: Daemon
) -> None:
    good(house.operator.post(commands(host), json={"type": "shell", "params": {"command": "true"}}))
    told = daemon.begin()
    assert told["params"]["timeout"] == 60
    assert 3590 < told["expires_in"] <= 3600
    good(house.operator.post(commands(host), json=order(timeout=7) | {"expires_in": 100}))
    told = daemon.begin()
    assert told["params"]["timeout"] == 7
    assert 90 < told["expires_in"] <= 100


def test_a_key_of_repetition_queues_once(house: House, host: Host) -> None:
    headers = {"Idempotency-Key": "the-same"}
    first, second = (good(house.operator.post(commands(host), json=order(), headers=headers)) for _ in range(2))

    assert first == second
    assert len(read(house.operator, commands(host))) == 1


def test_history_is_newest_first_with_the_end_of_each_output(house: House, host: Host, daemon: Daemon) -> None:
    first, second = run(house, host, command="one --token=abcdefghijklmnop1234"), run(house, host, command="two")
    for command_id in (first, second):
        assert daemon.begin()["id"] == command_id
    daemon.print(first, b"out\n")
    daemon.print(first, "é".encode()[:1], 4)
    daemon.print(first, b"err\n", stream="stderr")
    daemon.end(first, "failed", exit_code=3, stdout=5, stderr=4)

    newest, oldest = read(house.operator, commands(host))
    assert set(newest) == set(oldest) == ENTRY | {"output"}
    assert (newest["command_id"], newest["status"], newest["outcome"], newest["finished_at"]) == (
        second,
        "running",
        None,
        None,
    )
    assert (oldest["status"], oldest["outcome"], oldest["exit_code"], oldest["signal"]) == ("failed", "failed", 3, None)
    assert (oldest["output"], oldest["stdout_bytes"], oldest["stderr_bytes"]) == ("out\n\ufffderr\n", 5, 4)
    assert all(isinstance(oldest[name], int) for name in ("created_at", "started_at", "finished_at"))
    assert abs(oldest["created_at"] - time.time()) < 120
    assert "abcdefghijklmnop1234" not in str(oldest["params"])


def test_the_output_in_the_history_ends_with_the_last_64_kib_and_begins_with_a_whole_character(
    house: House, host: Host, daemon: Daemon
) -> None:
    command_id = run(house, host)
    daemon.begin()
    printed = ("é" * 40_000).encode() + b"x"
    for start in range(0, len(printed), 50_000):
        daemon.print(command_id, printed[start : start + 50_000], start)

    [entry] = read(house.operator, commands(host))
    assert entry["output"] == "é" * 32_767 + "x"
    assert read(house.operator, f"{commands(host)}/{command_id}")["stdout"] == printed.decode()


def test_history_has_a_hundred(house: House, host: Host) -> None:
    ids = [run(house, host) for _ in range(103)]

    assert [entry["command_id"] for entry in read(house.operator, commands(host))] == ids[::-1][:100]


def test_one_command_has_both_streams_and_says_what_was_left_out(house: House, host: Host, daemon: Daemon) -> None:
    command_id = run(house, host)
    daemon.begin()
    daemon.print(command_id, b"head")
    daemon.print(command_id, b"tail", 100)
    daemon.print(command_id, b"\x1b[31mred", stream="stderr")
    daemon.end(command_id, stdout=104, stderr=8)

    one = read(house.operator, f"{commands(host)}/{command_id}")
    assert set(one) == ENTRY | {"stdout", "stderr"}
    assert one["stdout"] == "head\n[… 96 bytes left out …]\ntail"
    assert one["stderr"] == "\x1b[31mred"


def test_who_waits_is_answered_when_the_command_has_ended(house: House, host: Host, daemon: Daemon) -> None:
    command_id = run(house, host)
    daemon.begin()
    found: list[JSON] = []
    waiting = threading.Thread(
        target=lambda: found.append(read(house.operator, f"{commands(host)}/{command_id}?wait=50"))
    )
    waiting.start()
    daemon.print(command_id, b"done")
    assert not found
    daemon.end(command_id, stdout=4)
    waiting.join(timeout=30)

    assert [(one["status"], one["stdout"]) for one in found] == [("succeeded", "done")]


def test_who_has_waited_in_vain_gets_it_as_it_is(house: House, host: Host) -> None:
    command_id = run(house, host)

    assert read(house.operator, f"{commands(host)}/{command_id}?wait=1")["status"] == "queued"


@pytest.mark.parametrize("wait", ["56", "-1", "x", "1.5"])
def test_nobody_waits_longer_than_55_seconds(house: House, host: Host, wait: str) -> None:
    refused(house.operator.get(f"{commands(host)}/{run(house, host)}?wait={wait}"), 400, "INVALID_WAIT")


def test_deleting_ends_a_command_at_once_or_through_its_host(house: House, host: Host, daemon: Daemon) -> None:
    command_id = run(house, host)
    daemon.begin()
    eventually(lambda: read(house.operator, f"{commands(host)}/{command_id}")["status"] == "running")

    asked = good(house.operator.delete(f"{commands(host)}/{command_id}"), 200)
    assert asked == {"command_id": command_id, "status": "running"}
    assert daemon.hear("cancel")["id"] == command_id
    daemon.end(command_id, "canceled", exit_code=None, signal="SIGTERM")
    ended = read(house.operator, f"{commands(host)}/{command_id}")
    assert (ended["status"], ended["outcome"], ended["signal"]) == ("canceled", "canceled", "SIGTERM")
    refused(house.operator.delete(f"{commands(host)}/{command_id}"), 409, "COMMAND_ALREADY_COMPLETED")


def test_deleting_what_waits_for_an_offline_host_ends_it_at_once(house: House, host: Host) -> None:
    command_id = run(house, host)

    assert good(house.operator.delete(f"{commands(host)}/{command_id}"))["status"] == "canceled"


def test_a_held_host_takes_commands_that_wait(house: House, host: Host, daemon: Daemon) -> None:
    good(house.operator.post(f"/v1/agents/{host.id}/pause", json={}), 200, 201)
    command_id = run(house, host)

    assert daemon.hears_nothing()
    assert read(house.operator, f"{commands(host)}/{command_id}")["status"] == "queued"
    good(house.operator.delete(f"/v1/agents/{host.id}/pause"))
    assert daemon.hear("command")["id"] == command_id


def test_words_for_an_agent_are_no_command_of_a_host(house: House) -> None:
    agent = make_agent(house.operator)["id"]
    words = send_command(house.operator, agent)["id"]

    refused(house.operator.post(f"/api/agents/{agent}/commands", json=order()), 409, "NOT_A_HOST")
    assert read(house.operator, f"/api/agents/{agent}/commands") == []
    refused(house.operator.get(f"/api/agents/{agent}/commands/{words}"), 404, "COMMAND_NOT_FOUND")
    refused(house.operator.get(f"/api/agents/{agent}/stream/commands/{words}"), 404, "COMMAND_NOT_FOUND")
    refused(house.operator.delete(f"/api/agents/{agent}/commands/{words}"), 404, "COMMAND_NOT_FOUND")


def test_another_hosts_command_is_not_there(house: House, host: Host) -> None:
    agent = make_agent(house.operator)["id"]
    command_id = run(house, host)

    for method, path in (("GET", "commands"), ("DELETE", "commands"), ("GET", "stream/commands")):
        refused(house.operator.request(method, f"/api/agents/{agent}/{path}/{command_id}"), 404, "COMMAND_NOT_FOUND")


BAD: list[tuple[JSON, str, str]] = [
    ({"params": {"command": "x"}}, "MISSING_TYPE", "type"),
    *(({"type": kind, "params": {"command": "x"}}, "INVALID_TYPE", "type") for kind in ("instruction", "feedback", 7)),
    ({"type": "shell"}, "MISSING_COMMAND", "params.command"),
    (order(command=""), "MISSING_COMMAND", "params.command"),
    (order(command="  \n"), "MISSING_COMMAND", "params.command"),
    (order(command="x" * 65_537), "INVALID_PARAMS", "params.command"),
    (order(command="a\x00b"), "INVALID_PARAMS", "params.command"),
    *((order(timeout=timeout), "INVALID_PARAMS", "params.timeout") for timeout in (0, -1, 86_401, "30", True, 1.5)),
    (order(cwd="tmp"), "INVALID_PARAMS", "params.cwd"),
    (order(env={"1A": "x"}), "INVALID_PARAMS", "params.env"),
    (order(env={"A-B": "x"}), "INVALID_PARAMS", "params.env"),
    (order(env={"A": "x" * 32_769}), "INVALID_PARAMS", "params.env"),
    (order(shell="/bin/zsh"), "UNKNOWN_FIELD", "params.shell"),
    (order() | {"content": "words"}, "UNKNOWN_FIELD", "content"),
    (order() | {"expires_in": 0}, "INVALID_EXPIRES_IN", "expires_in"),
]


@pytest.mark.parametrize(("body", "code", "field"), BAD, ids=lambda value: repr(value)[:40])
def test_what_cannot_be_run_is_400_names_its_field_and_queues_nothing(
    house: House, host: Host, body: JSON, code: str, field: str
) -> None:
    error = refused(house.operator.post(commands(host), json=body), 400, code)

    assert error["details"]["field"] == field
    assert read(house.operator, commands(host)) == []
