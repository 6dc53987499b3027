"""One place for each thing: what once stood in several stays in one."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.web.agents.heartbeats import Heartbeat
from fleet.web.agents.reports import AgentReport
from fleet.web.agents.views import AgentCreate, AgentPatch

FLEET = Path(__file__).parents[1] / "fleet"
FACES = ("agent", "audit", "command", "event", "hold", "journal", "notice", "person", "stop", "task", "token")


def sources(folder: str = "") -> dict[str, str]:
    """Every file below a folder of the package, by its path in it."""
    return {str(path.relative_to(FLEET)): path.read_text() for path in sorted((FLEET / folder).rglob("*.py"))}


def who_says(pattern: str, folder: str = "") -> set[str]:
    """The files in which the pattern stands."""
    return {name for name, text in sources(folder).items() if re.search(pattern, text)}


def imports(text: str) -> Iterator[tuple[str, str]]:
    """Each name that a file imports from a module, with that module."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("AGENT_NOT_FOUND", "models/agent/record.py"),
        ("TASK_NOT_FOUND", "models/task/record.py"),
        ("STOP_NOT_FOUND", "models/stop/control.py"),
        ("COMMAND_NOT_FOUND", "models/command/lookup.py"),
    ],
)
def test_there_is_one_way_to_find_something_by_its_id(code: str, place: str) -> None:
    assert who_says(f'NotFound\\("{code}"') == {place}


def test_a_commands_json_is_made_in_one_place_and_in_its_frames() -> None:
    assert who_says(r"models import.*shapes[\s\S]*shapes\.command\(") == {
        "models/command/held.py",
        "models/journal/frames.py",
    }


def test_what_holds_an_agent_is_asked_by_commands_and_claims_only() -> None:
    asking = who_says(r"hold\.of\(", "models")

    assert asking == {
        "models/command/held.py",
        "models/command/lookup.py",
        "models/task/claimable.py",
    }
    assert who_says(r"hold\.of\(", "web") == set(), "views ask for commands and claims, which know"


def test_an_application_keeps_its_parts_in_one_extension() -> None:
    assert who_says(r"\.extensions\b") == {"parts.py"}


def test_a_view_says_above_itself_which_page_shows_its_form_again() -> None:
    assert who_says(r"\bg\.again\b|\bg\.get\(\"again\"") == set()
    assert who_says(r"g\.form_page|get\(\"form_page\"") == {"web/pages/forms.py"}


def test_the_fields_of_an_agents_report_are_written_down_once() -> None:
    once = set(AgentReport.__annotations__) - {"wrong", "masked"}

    for schema in (AgentPatch, AgentCreate, Heartbeat):
        assert issubclass(schema, AgentReport)
        assert not once & set(schema.__annotations__), schema.__name__


def test_files_of_the_server_and_of_web_are_told_apart_by_name() -> None:
    of_server = {Path(name).name for name in sources("server")} - {"__init__.py"}
    of_web = {Path(name).name for part in ("framework", "http", "security") for name in sources(f"web/{part}")}

    assert not of_server & of_web


def test_a_verb_is_called_by_its_packages_face() -> None:
    """`agent.edit(tx, …)`, never `editable.edit(tx, …)`: what a face exports nobody outside imports past it."""
    past: set[str] = set()
    for name, text in sources().items():
        for module, imported in imports(text):
            for face in FACES:
                inside = module.startswith(f"fleet.models.{face}.") and not module.endswith(".record")
                if inside and not name.startswith(f"models/{face}/") and imported in exported(face):
                    past.add(f"{name}: {module}.{imported}")

    assert past == set()


def exported(face: str) -> set[str]:
    """What a package of models exports."""
    return set(importlib.import_module(f"fleet.models.{face}").__all__)


def test_rows_are_the_ground_of_models_and_know_no_verbs() -> None:
    allowed = re.compile(r"fleet\.models\.(\w+\.record|agent\.readings|ids)$")
    for name, text in sources("models").items():
        if name.endswith("/record.py"):
            known = {module for module, _ in imports(text) if module.startswith("fleet.models")}
            assert all(allowed.match(module) for module in known), f"{name} imports {known}"
