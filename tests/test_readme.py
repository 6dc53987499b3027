"""The README's commands, typed as they stand there, in their order, in a checkout that was just cloned."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.support.api import eventually
from tests.support.serving import DEV_TOKEN, free_port
from tests.support.terminal import CHECKOUT, Terminal, clone, commands, environment, going_on, sections

SECTIONS = sections((CHECKOUT / "README.md").read_text())
START, DEMO, AGENT = "Start", "A fleet that is made up", "An agent"
HOST = "A host in one minute"
SERVE, SERVE_DEV, TEST = "bash .ci/serve", "bash .ci/serve --dev", "bash .ci/test"
SET_UP = 300  # seconds that the first start may take on a slow machine: it sets up what is missing

pytestmark = pytest.mark.slow


@dataclass
class Person:
    """Somebody at a browser who gives every question its first likely answer."""

    api: httpx.Client
    over: threading.Event = field(default_factory=threading.Event)

    def answer_all(self) -> None:
        """Look for questions until it is over."""
        while not self.over.wait(0.2):
            for agent in self.api.get("/v1/agents", params={"state": "needs_you"}).json()["agents"]:
                answer = {"content": agent["question_options"][0], "question": agent["pending_question"]}
                self.api.post(f"/v1/agents/{agent['id']}/answer", json=answer).raise_for_status()


@dataclass
class Clone:
    """A checkout in which nothing has been typed so far, and the port that its Fleet will have instead of 8080."""

    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """Where its Fleet is."""
        return f"http://localhost:{self.port}"

    @property
    def variables(self) -> dict[str, str]:
        """What a person's terminals have; the port and the address are the tests' only addition."""
        return environment(self.folder.parent, PORT=str(self.port), FLEET_URL=self.url)

    def here(self, command: str) -> str:
        """A command for this port."""
        return command.replace("localhost:8080", f"localhost:{self.port}")


def healthy(url: str) -> Callable[[], bool]:
    """Whether a Fleet answers there."""

    def seen() -> bool:
        try:
            return httpx.get(f"{url}/health").status_code == 200
        except httpx.TransportError:
            return False

    return seen


@pytest.fixture(scope="module")
def cloned(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """The checkout, cloned."""
    return Clone(clone(tmp_path_factory.mktemp("readme") / "fleet"))


@pytest.fixture(scope="module")
def api(cloned: Clone) -> Iterator[httpx.Client]:
    """The Fleet that the README's first command serves, to a program with the documented token."""
    said = cloned.folder.parent / "serve.log"
    with going_on(SERVE_DEV, cloned.folder, cloned.variables, said) as process:
        eventually(lambda: healthy(cloned.url)() or process.poll() is not None, SET_UP)
        assert process.poll() is None, said.read_text()
        with httpx.Client(base_url=cloned.url, headers={"Authorization": f"Bearer {DEV_TOKEN}"}, timeout=60) as client:
            yield client


@pytest.fixture
def person(api: httpx.Client) -> Iterator[Person]:
    """A person who answers."""
    person = Person(api)
    thread = threading.Thread(target=person.answer_all)
    thread.start()
    yield person
    person.over.set()
    thread.join()


@pytest.fixture
def terminal(cloned: Clone, api: httpx.Client) -> Iterator[Terminal]:  # noqa: ARG001  # a second one, beside the server's
    """A terminal in the clone."""
    terminal = Terminal(cloned.folder, cloned.variables)
    yield terminal
    terminal.close()


def test_every_block_of_commands_is_typed_by_a_test() -> None:
    assert [name for name, text in SECTIONS.items() if commands(text)] == [START, DEMO, AGENT, HOST]
    assert commands(SECTIONS[START]) == [SERVE_DEV, TEST, SERVE]


def test_after_the_first_command_the_documented_token_signs_in(cloned: Clone, api: httpx.Client) -> None:
    [token] = re.findall(r"documented token `([^`]+)`", SECTIONS[START])

    assert api.post("/login", data={"token": token}, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
    assert (cloned.folder / "agent-fleet.db").exists()


def test_the_whole_ci_is_a_script_that_a_shell_understands(terminal: Terminal) -> None:
    """This test is a part of it, so it is not run from here."""
    assert terminal.type(TEST.replace("bash", "bash -n")) == ""


def test_without_dev_the_first_start_prints_a_link_and_a_token_that_let_in(cloned: Clone, api: httpx.Client) -> None:
    said, port = cloned.folder.parent / "real.log", free_port()
    variables = cloned.variables | {"PORT": str(port), "FLEET_DATABASE": str(cloned.folder.parent / "real.db")}
    with going_on(SERVE, cloned.folder, variables, said) as process:
        url = f"http://localhost:{port}"
        eventually(lambda: healthy(url)() or process.poll() is not None, SET_UP)
        [link] = re.findall(r"http\S+/login\?link=\S+", said.read_text())
        [token] = re.findall(r"^ +(flt_\S+)$", said.read_text(), re.MULTILINE)

        assert httpx.get(link).status_code == 200
        assert api.get(f"{url}/v1/agents").status_code == 401, "the documented token does not work"
        assert httpx.get(f"{url}/v1/agents", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_the_demo_fills_the_fleet_and_leaves_nothing(cloned: Clone, api: httpx.Client, terminal: Terminal) -> None:
    run, remove = commands(SECTIONS[DEMO])
    with going_on(run, cloned.folder, cloned.variables, cloned.folder.parent / "demo.log"):
        eventually(lambda: api.get("/v1/agents?kind=coding").json()["total"] == 12)
        eventually(lambda: api.get("/v1/agents?kind=host").json()["total"] == 5)

    assert "Removed 12 agents, 5 hosts" in terminal.type(remove)
    assert api.get("/v1/agents").json()["total"] == 0


def test_the_agent_reports_asks_and_gets_its_answers(
    cloned: Clone, api: httpx.Client, terminal: Terminal, person: Person
) -> None:
    typed = {command: terminal.type(cloned.here(command)) for command in commands(SECTIONS[AGENT])}

    assert [command for command, said in typed.items() if '"error"' in said or "Error" in said] == []
    [told] = [said for command, said in typed.items() if "wait=30" in command]
    assert '"content":"SQLite"' in told
    assert typed['echo "$answer"'] == "Yes\n"
    assert "Write the tests" in typed[".venv/bin/fleet agents"]
    assert {agent["name"] for agent in api.get("/v1/agents").json()["agents"]} >= {"Code Reviewer"}
    assert not person.over.is_set()


def test_this_machine_becomes_a_host_and_runs_a_command(cloned: Clone, api: httpx.Client, terminal: Terminal) -> None:
    terminal.type(f"export FLEET_TOKEN={DEV_TOKEN}")
    try:
        typed = {command: terminal.type(cloned.here(command)) for command in commands(SECTIONS[HOST])}

        [ran] = [said for command, said in typed.items() if "fleet exec" in command]
        assert "Linux" in ran
        assert "Filesystem" in ran
        assert "online" in typed[".venv/bin/fleet hosts"]
        [host] = api.get("/v1/agents", params={"kind": "host"}).json()["agents"]
        assert host["connection"] == "online"
    finally:
        terminal.type("kill %1")


def test_git_passes_over_what_all_of_this_leaves(cloned: Clone, terminal: Terminal) -> None:
    assert (cloned.folder / "agent-fleet.db.audit-anchor").exists()

    assert terminal.type("git ls-files --others --exclude-standard") == ""
