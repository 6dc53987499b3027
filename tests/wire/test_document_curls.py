"""The commands of document 1, typed as they stand there."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.api import make_agent, read
from tests.support.serving import Served

DOCUMENT = Path(__file__).with_name("document-1.txt").read_text()


def commands() -> list[str]:
    """Each curl command of the document, with all its lines."""
    found, lines = [], iter(DOCUMENT.splitlines())
    for line in lines:
        if not line.startswith("curl "):
            continue
        command = line
        while not complete(command):
            command += "\n" + next(lines)
        found.append(command)
    return found


def complete(command: str) -> bool:
    """True when a shell would not ask for another line."""
    if command.endswith("\\"):
        return False
    try:
        shlex.split(command)
    except ValueError:
        return False
    return True


def typed(command: str, folder: Path) -> tuple[int, Any]:
    """Type a command into bash; returns the answer's status and JSON."""
    curl, bash = shutil.which("curl"), shutil.which("bash")
    if not (curl and bash):
        assert os.environ.get("CI") != "true", "curl and bash are needed"
        pytest.skip("curl or bash is missing")
    (folder / ".curlrc").write_text('silent\nshow-error\nwrite-out = "\\n%{http_code}"\n')
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "no_proxy": "*"}
    done = subprocess.run(
        [bash, "-c", command], capture_output=True, text=True, timeout=30, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    body, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body)


def title(command: str) -> str:
    """The document's heading above a command."""
    return DOCUMENT.split(command)[0].splitlines()[-1].rstrip(":")


# What the document says of each: its status, and what the answer holds of the request.
ANSWERS: dict[str, tuple[int, dict[str, Any]]] = {
    "All API endpoints require Bearer token authentication": (200, {"limit": 50, "offset": 0}),
    "Create an Agent": (201, {"name": "Code Reviewer", "worktree": "/path/to/project", "status": "idle"}),
    "Update Agent Status": (
        200,
        {"status": "active", "current_task": "Reviewing pull request #123", "progress": 45},
    ),
    "Add Todo Item": (201, {"text": "Review code changes in auth module", "order": 1, "completed": False}),
    "Send Command to Agent": (
        201,
        {"content": "Please focus on security issues in the review", "type": "feedback", "status": "sent"},
    ),
    "Create Task": (
        201,
        {
            "title": "Implement user authentication",
            "priority": "high",
            "status": "pending",
            "description": "Add JWT-based authentication to the API",
        },
    ),
}


def test_every_command_of_the_document_is_tried() -> None:
    assert [title(command) for command in commands()] == list(ANSWERS)
    assert DOCUMENT.count("curl ") == len(ANSWERS)


@pytest.mark.parametrize("command", commands(), ids=title)
def test_a_command_of_the_document_works_as_it_stands(
    server: Served, api: httpx.Client, tmp_path: Path, command: str
) -> None:
    agent = make_agent(api)
    here = command.replace("localhost:8080", f"localhost:{server.port}").replace("{agent-id}", agent["id"])

    status, body = typed(here, tmp_path)

    wanted, says = ANSWERS[title(command)]
    assert status == wanted
    assert {name: body.get(name) for name in says} == says
    if "{agent-id}" in command:
        assert agent["id"] in (body.get("agent_id"), body["id"])


def test_without_the_token_the_documents_first_command_is_refused(server: Served, tmp_path: Path) -> None:
    command = commands()[0].replace("localhost:8080", f"localhost:{server.port}")

    status, body = typed(command.replace("-token-123", "-token-124"), tmp_path)

    assert (status, body["error"]["code"]) == (401, "INVALID_TOKEN")


@pytest.mark.parametrize("table", ["agents", "events", "todo_items", "tasks", "commands"])
def test_the_documents_tables_are_there(server: Served, api: httpx.Client, table: str) -> None:
    assert f"\n{table}\n" in DOCUMENT
    assert read(api, "/health")["status"] == "healthy"
    with closing(sqlite3.connect(server.database)) as database:
        assert database.execute(f"SELECT count(*) FROM {table}").fetchone()
