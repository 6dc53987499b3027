"""`fleet report`: an agent in one line of shell."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from fleet.shell import asking, identity
from fleet.shell.command import Failed
from fleet.shell.fleet import Fleet
from tests.support.api import JSON, eventually, good, make_agent, read, send_command
from tests.support.serving import Served
from tests.support.shell import Program, interrupt


@pytest.fixture
def repository(fleet: Program) -> Path:
    """A git repository; the program runs in a folder below its top."""
    top = fleet.folder / "shop"
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    fleet.folder = top / "src"
    fleet.folder.mkdir()
    return top


def reported(api: httpx.Client, repository: Path) -> JSON:
    found: list[JSON] = [
        agent for agent in read(api, "/v1/agents?limit=1000")["agents"] if agent["repo_path"] == str(repository)
    ]
    assert len(found) == 1
    return found[0]


def question_of(api: httpx.Client, repository: Path) -> JSON | None:
    agents = read(api, "/v1/agents?status=waiting_feedback&limit=1000")["agents"]
    return next((a for a in agents if a["repo_path"] == str(repository) and a["pending_question"]), None)


def test_a_report_in_a_repository_just_works(fleet: Program, api: httpx.Client, repository: Path) -> None:
    said = fleet.says("report", "--status", "active", "--progress", "40", "--task", "Write the tests")

    agent = reported(api, repository)
    assert (agent["status"], agent["progress"], agent["current_task"]) == ("active", 40, "Write the tests")
    assert (agent["hostname"], agent["machine_address"]) == (socket.gethostname(), "127.0.0.1")
    assert (agent["name"], agent["connection"]) == (f"{socket.gethostname()} shop", "online")
    assert said.startswith(agent["id"])


def test_reports_of_one_repository_are_one_agents(fleet: Program, api: httpx.Client, repository: Path) -> None:
    fleet.says("report", "--name", "Painter", "--capability", "paint", "--tag", "shell")
    fleet.says("report", "--event", "commit", "First", "--event", "test", "3 passed", "--commit", "ab12 First")

    agent = reported(api, repository)
    assert (agent["name"], agent["capabilities"], agent["tags"]) == ("Painter", ["paint"], ["shell"])
    assert agent["last_commit"] == "ab12 First"
    events = read(api, f"/v1/agents/{agent['id']}/events")["events"]
    assert [(event["type"], event["message"]) for event in events] == [
        ("test", "3 passed"),
        ("commit", "First"),
    ]


def test_an_agent_known_by_name_and_worktree_is_made_once(fleet: Program) -> None:
    who = ("--name", "By name", "--worktree", str(fleet.folder))

    first = fleet.gives("report", *who, "--status", "active")
    second = fleet.gives("report", *who, "--progress", "7")

    assert first["id"] == second["id"]
    assert (second["status"], second["progress"], second["hostname"]) == ("active", 7, None)
    assert fleet.gives("report", "--agent", first["id"][:12], "--progress", "9")["progress"] == 9


def test_a_question_makes_the_agent_wait_for_a_person(fleet: Program, api: httpx.Client, repository: Path) -> None:
    fleet.says("report", "--question", "Which?", "--option", "This", "--option", "That")

    agent = reported(api, repository)
    assert (agent["status"], agent["pending_question"]) == ("waiting_feedback", "Which?")
    assert agent["question_options"] == ["This", "That"]


def test_a_script_waits_for_a_persons_answer_and_gets_nothing_else(
    fleet: Program, api: httpx.Client, repository: Path
) -> None:
    fleet.says("report", "-q")
    agent_id = reported(api, repository)["id"]
    send_command(api, agent_id, type="feedback", content="Words from before the question")
    with fleet.running("report", "--ask", "Deploy now?", "--option", "Yes", "--wait") as process:
        eventually(lambda: question_of(api, repository))
        send_command(api, agent_id, content="No answer, an instruction")
        sent = good(api.post(f"/v1/agents/{agent_id}/answer", json={"content": "Yes, go"}))
        output, errors = process.communicate(timeout=40)

    assert (process.returncode, output, errors) == (0, "Yes, go\n", "")
    agent = reported(api, repository)
    assert (agent["status"], agent["pending_question"]) == ("active", None)
    assert read(api, f"/v1/agents/{agent_id}/commands/{sent['id']}")["status"] == "completed"
    assert len(read(api, f"/v1/agents/{agent_id}/commands?status=sent")["commands"]) == 2


def test_an_answer_to_an_earlier_asking_is_not_taken_for_this_one(
    fleet: Program, api: httpx.Client, repository: Path
) -> None:
    fleet.says("report", "--ask", "Deploy now?")
    agent_id = reported(api, repository)["id"]
    good(api.post(f"/v1/agents/{agent_id}/answer", json={"content": "Yes, yesterday"}))

    said = fleet.fails(4, "report", "--ask", "Deploy now?", "--wait", "--timeout", "1.5")

    assert "Nobody has answered" in said
    agent = reported(api, repository)
    assert (agent["status"], agent["pending_question"]) == ("active", None)


def test_a_question_that_was_replaced_is_waited_for_no_longer(
    server: Served, api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "POLL", 1)
    fields = {"status": "waiting_feedback", "pending_question": "This?"}
    record = make_agent(api, **fields)
    with Fleet(server.url, server.token) as fleet:
        question = asking.Question(fleet, identity.by_id(fleet, record["id"]), record)
        good(api.patch(f"/v1/agents/{record['id']}", json={"pending_question": "Another one?"}))
        with pytest.raises(Failed, match="withdrawn or replaced") as ended:
            question.answer(None)
    assert ended.value.exit_code == 1
    assert read(api, f"/v1/agents/{record['id']}")["pending_question"] == "Another one?"


def test_ctrl_c_withdraws_the_question_and_is_quiet(fleet: Program, api: httpx.Client, repository: Path) -> None:
    with fleet.running("report", "--ask", "Deploy now?", "--wait") as process:
        eventually(lambda: question_of(api, repository))
        assert interrupt(process) == (130, "", "")
    assert reported(api, repository)["pending_question"] is None


@pytest.mark.parametrize(
    "words",
    [["--option", "A"], ["--wait"], ["--progress", "140"], ["--ask", "x", "--wait", "--status", "idle"]],
)
def test_what_does_not_go_together_is_wrong_usage(fleet: Program, words: list[str]) -> None:
    assert "Error" in fleet.fails(2, "report", *words)
