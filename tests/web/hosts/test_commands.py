"""A host's commands: run by a form, followed on their page, read as they print, kept from viewers."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from tests.support.api import JSON, eventually, good
from tests.support.company import Company
from tests.support.daemons import Daemon, Host, enrol, linked
from tests.support.event_stream import Reader
from tests.support.serving import Served

HTML = {"Accept": "text/html"}
FORM = {"type": "shell", "params.command": "df -h", "params.timeout": "60", "params.cwd": "", "params.env": ""}


def send(api: httpx.Client, host: Host, command: str = "df -h", **params: Any) -> str:
    body = {"type": "shell", "params": {"command": command} | params}
    return str(good(api.post(f"/v1/agents/{host.id}/commands", json=body))["id"])


def page(api: httpx.Client, path: str) -> str:
    answer = api.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def output(api: httpx.Client, host: Host, command_id: str, **at: int) -> JSON:
    return dict(good(api.get(f"/hosts/{host.id}/commands/{command_id}/output", params=at)))


def texts(answer: JSON) -> list[tuple[str, int, bytes]]:
    return [(each["stream"], each["offset"], base64.b64decode(each["data"])) for each in answer["pieces"]]


def test_a_form_runs_a_command_and_leads_to_its_page(api: httpx.Client, host: Host, daemon: Daemon) -> None:
    form = FORM | {"params.command": "df -h\r\nuname", "params.cwd": "/srv", "params.env": "CC=clang\r\n\r\nA=b=c "}
    sent = api.post(f"/agents/{host.id}/commands", data=form, headers=HTML)

    assert sent.status_code == 303
    assert sent.headers["Location"].startswith(f"/hosts/{host.id}/commands/cmd_")
    told = daemon.hear("command")
    assert told["params"] == {
        "command": "df -h\nuname",
        "timeout": 60,
        "cwd": "/srv",
        "env": {"CC": "clang", "A": "b=c "},
    }
    shown = page(api, sent.headers["Location"])
    assert "clang" not in shown
    assert ">CC<" in shown


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"params.command": ""}, "What is to be run?"),
        ({"params.env": "CC"}, "Line 1 is no NAME=value."),
        ({"params.env": "1A=b"}, "is no name of a variable"),
        ({"params.cwd": "srv"}, "must be an absolute path"),
        ({"params.timeout": "0"}, "params"),
        ({"params.timeout": "soon"}, "params"),
        ({"params.colour": "red"}, "There is no field"),
        ({"params": "df"}, "params"),
    ],
)
def test_a_form_that_failed_is_shown_again_on_the_hosts_page(
    api: httpx.Client, host: Host, wrong: dict[str, str], sentence: str
) -> None:
    answer = api.post(f"/agents/{host.id}/commands", data=FORM | {"params.command": "typed"} | wrong, headers=HTML)

    assert answer.status_code == 400
    assert sentence in answer.text
    assert 'id="order-command"' in answer.text
    assert ("typed" in answer.text) == ("params.command" not in wrong)
    assert good(api.get(f"/v1/agents/{host.id}/commands"))["commands"] == []


def test_what_is_printed_is_read_from_where_one_stands(api: httpx.Client, host: Host, daemon: Daemon) -> None:
    command_id = send(api, host)
    assert output(api, host, command_id) == {"pieces": [], "stdout": 0, "stderr": 0, "more": False, "ended": False}
    daemon.begin()
    daemon.print(command_id, b"\xe2\x9c")
    daemon.print(command_id, b"\xff\x00\n", stream="stderr")
    daemon.print(command_id, b"\x93\n", 2)

    first = output(api, host, command_id)
    assert texts(first) == [("stdout", 0, b"\xe2\x9c"), ("stderr", 0, b"\xff\x00\n"), ("stdout", 2, b"\x93\n")]
    assert (first["stdout"], first["stderr"], first["ended"]) == (4, 3, False)
    assert texts(output(api, host, command_id, stdout=3, stderr=3)) == [("stdout", 3, b"\n")]

    daemon.end(command_id, stdout=4, stderr=3)
    assert output(api, host, command_id, stdout=4, stderr=3)["ended"] is True
    raw = api.get(f"/hosts/{host.id}/commands/{command_id}/stdout")
    assert raw.content == b"\xe2\x9c\x93\n"
    assert raw.headers["Content-Disposition"] == f'attachment; filename="{command_id}-stdout.txt"'
    assert raw.headers["X-Content-Type-Options"] == "nosniff"
    assert api.get(f"/hosts/{host.id}/commands/{command_id}/stderr").content == b"\xff\x00\n"


def test_a_gap_is_told_with_its_length(api: httpx.Client, host: Host, daemon: Daemon) -> None:
    command_id = send(api, host)
    daemon.begin()
    daemon.print(command_id, b"one\n")
    daemon.print(command_id, b"last\n", 1000)

    assert texts(output(api, host, command_id)) == [("stdout", 0, b"one\n"), ("stdout", 1000, b"last\n")]
    raw = api.get(f"/hosts/{host.id}/commands/{command_id}/stdout").content
    assert raw == b"one\n\n[... 996 bytes left out ...]\nlast\n"


def event(reader: Reader) -> tuple[str, str]:
    """The next event of a page's stream and its data; comments are passed over."""
    while (lines := reader.block()) is not None:
        fields = [line.partition(":")[::2] for line in lines if not line.startswith(":")]
        if fields:
            data = "\n".join(value[1:] for name, value in fields if name == "data")
            return dict(fields)["event"].strip(), data
    raise AssertionError("the stream has ended")


def test_the_browsers_one_stream_says_that_there_is_more(
    api: httpx.Client, server: Served, host: Host, daemon: Daemon
) -> None:
    command_id, other = send(api, host), send(api, host)
    daemon.begin()
    daemon.begin()
    listed = f"/v1/agents/{host.id}/commands"
    eventually(lambda: {each["state"] for each in good(api.get(listed))["commands"]} == {"running"})
    with Reader(server, path="/live", token=server.token, topic=f"command/{command_id}") as reader:
        assert event(reader)[0] == "role"
        daemon.print(other, b"not this one\n")
        daemon.print(command_id, b"one\n")
        assert event(reader) == ("grown", f"command/{command_id}")

        daemon.end(command_id, stdout=4)
        while (found := event(reader))[0] != "piece":
            assert found == ("grown", f"command/{command_id}")
        assert "Succeeded" in found[1]


def test_nothing_that_was_printed_is_in_the_journal(
    api: httpx.Client, server: Served, host: Host, daemon: Daemon
) -> None:
    command_id = send(api, host, "true")
    with Reader(server, token=server.token, events="all") as reader:
        assert reader.frame().event == "connected"
        daemon.begin()
        for number in range(5):
            daemon.print(command_id, b"sesame\n", 7 * number)
        daemon.end(command_id, stdout=35)
        frames = reader.frames(2)
    assert [each.event for each in frames] == ["command_updated"] * 2
    assert "sesame" not in str(frames)


def test_bad_places_and_strangers_are_refused(api: httpx.Client, host: Host) -> None:
    command_id, elsewhere = send(api, host), enrol(api)
    at = f"/hosts/{host.id}/commands/{command_id}"

    for query in ("stdout=-1", "stderr=x", f"stdout={2**60}"):
        assert api.get(f"{at}/output?{query}").status_code == 400
    for path in (f"/hosts/{elsewhere.id}/commands/{command_id}", f"/hosts/{host.id}/commands/cmd_none"):
        for end in ("", "/output", "/stdout"):
            assert api.get(path + end, headers=HTML).status_code == 404
    assert api.get(f"{at}/stdin", headers=HTML).status_code == 404


def test_viewers_see_that_something_runs_and_neither_text_nor_output(firm: Company) -> None:
    host = enrol(firm.admin)
    with linked(firm.server.url, host) as daemon:
        command_id = send(firm.admin, host, "echo sesame", cwd="/sesame", env={"SESAME": "x"})
        daemon.begin()
        daemon.print(command_id, b"sesame\n")
        daemon.end(command_id, "failed", exit_code=3, reason="sesame", stdout=7)
    viewer, operator = firm.join("viewer").browser, firm.join("operator").browser
    at = f"/hosts/{host.id}/commands"

    for path in (f"{at}/{command_id}", at, f"/hosts/{host.id}"):
        shown = viewer.get(path, headers=HTML)
        assert shown.status_code == 200
        assert "sesame" not in shown.text.lower()
        assert "Failed" in shown.text
        assert "Run again" not in shown.text
        assert "sesame" in operator.get(path, headers=HTML).text
    for end in ("output", "stdout", "stderr"):
        assert viewer.get(f"{at}/{command_id}/{end}", headers={"Accept": "application/json"}).status_code == 403
        assert operator.get(f"{at}/{command_id}/{end}").status_code == 200
    refused = viewer.post(f"/agents/{host.id}/commands", data=FORM, headers={"Accept": "application/json"})
    assert refused.status_code == 403


def test_a_command_is_run_again_as_far_as_it_is_known(api: httpx.Client, host: Host) -> None:
    command_id = send(api, host, "make <all>", timeout=600, cwd="/srv", env={"TOKEN": "hunter2"}, stdin="x")

    shown = page(api, f"/hosts/{host.id}/commands?again={command_id}")

    assert "make &lt;all&gt;</textarea>" in shown
    assert 'value="600"' in shown
    assert 'value="/srv"' in shown
    assert "TOKEN=\n</textarea>" in shown
    assert "hunter2" not in shown
    assert "make" not in page(api, f"/hosts/{enrol(api).id}/commands?again={command_id}")


def test_the_history_goes_on_behind_a_button(api: httpx.Client, host: Host) -> None:
    ids = [send(api, host, f"echo {number}") for number in range(53)]

    first = page(api, f"/hosts/{host.id}/commands")
    assert ids[-1] in first
    assert ids[0] not in first
    [older] = [part.split('"')[0] for part in first.split('href="') if "before=" in part.split('"')[0]]
    second = page(api, older)
    assert [each in second for each in ids] == [True] * 3 + [False] * 50
