"""What the documents name is there: paths, links, commands, calls, settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from fleet.cli import main
from fleet.config import Spec, specs
from tests.support.application import application

CHECKOUT = Path(__file__).parents[1]
DOCUMENTS = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
# A path begins at the top, or with a file there; one with a placeholder in it is for somebody to fill in.
TOP = sorted(path.name for path in CHECKOUT.iterdir() if path.name not in (".git", ".venv"))
PATH = re.compile(rf"(?<![\w./-])(?:{'|'.join(map(re.escape, TOP))})(?![\w-])(?:/[\w./<>…*-]*)?")
FILE = re.compile(r"(?<![\w./:<-])[\w.-]+(?:/[\w.<>…-]+)+\.(?:py|html|css|js|md|toml|json|lock|service)\b")
MODULE = re.compile(r"python -m ((?:fleet|tests)[\w.]*)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CALL = re.compile(r"`((?:GET|POST|PUT|PATCH|DELETE)(?: (?:GET|POST|PUT|PATCH|DELETE))*) (/[^`\s?]*)`")
COMMAND = re.compile(r"(?:^|[`$(/;#] ?)fleet ([a-z-]+)(?: ([a-z-]+))?", re.MULTILINE)
EVERY_DOCUMENT = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application, for its routes."""
    with application(tmp_path_factory.mktemp("documents")) as running:
        yield running


def code(text: str) -> str:
    """The blocks and spans of code in a document, a line each."""
    return "\n".join(re.findall(r"```\w*\n(.*?)```", text, re.DOTALL) + re.findall(r"`([^`\n]+)`", text))


def anchors(text: str) -> set[str]:
    """What a link can lead to within a document, as hosts of code make it of headings."""
    headings = HEADING.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@EVERY_DOCUMENT
def test_every_path_that_is_named_exists(document: Path) -> None:
    told = code(document.read_text())
    named = {path.rstrip("./") for path in PATH.findall(told) + FILE.findall(told) if not re.search(r"[<…*]", path)}

    assert [path for path in sorted(named) if not (CHECKOUT / path).exists()] == []


@EVERY_DOCUMENT
def test_tests_are_named_by_their_whole_path(document: Path) -> None:
    """A bare file name tells nobody where it is, and no test that it is there."""
    assert re.findall(r"(?<![\w/])test_\w+\.py", document.read_text()) == []


@EVERY_DOCUMENT
def test_every_module_that_is_run_exists(document: Path) -> None:
    for name in MODULE.findall(document.read_text()):
        path = CHECKOUT / name.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), name


@EVERY_DOCUMENT
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    for link in LINK.findall(document.read_text()):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = document.parent / file if file else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text()), link


@EVERY_DOCUMENT
def test_every_command_that_is_named_exists(document: Path) -> None:
    context = click.Context(main)
    for name, second in COMMAND.findall(code(document.read_text())):
        command = main.get_command(context, name)
        assert command is not None, f"fleet {name}"
        # What follows a command with commands of its own is one of them, or what its default one takes.
        if type(command) is click.Group:
            assert not second or command.get_command(context, second), f"fleet {name} {second}"


def test_every_document_is_reached_from_the_readme() -> None:
    links = set(LINK.findall((CHECKOUT / "README.md").read_text()))

    assert {str(document.relative_to(CHECKOUT)) for document in DOCUMENTS[1:]} <= {
        link.partition("#")[0] for link in links
    }


def test_the_api_page_has_every_call_of_the_api_and_no_other(app: Flask) -> None:
    text = (CHECKOUT / "docs" / "api.md").read_text()
    told = {(method, path) for methods, path in CALL.findall(text) for method in methods.split()}
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    there = {(method, path) for rule in rules for method in rule.methods or () for path in paths(rule.rule)}
    programs = {(method, path) for method, path in there if path.startswith(("/v1/", "/api/"))}

    assert programs - told == {call for call in programs if call[0] in ("HEAD", "OPTIONS")}
    assert told - there == set()


def paths(rule: str) -> list[str]:
    """A route's paths as documents write them: `<any(csv, jsonl):kind>` is two."""
    choice = re.search(r"<any\(([\w, ]+)\):\w+>", rule)
    rules = [rule.replace(choice[0], word) for word in choice[1].split(", ")] if choice else [rule]
    return [re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", one) for one in rules]


def settings_told() -> dict[str, list[str]]:
    """The tables of docs/configuration.md: a setting's name to its cells, without their marks."""
    lines = (CHECKOUT / "docs" / "configuration.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    return {row[0].strip("`"): row for row in rows}


def test_the_configuration_page_has_every_setting_and_no_other() -> None:
    assert list(settings_told()) == list(dict.fromkeys(settings_told()))
    assert set(settings_told()) == set(specs())


@pytest.mark.parametrize("spec", specs().values(), ids=lambda spec: spec.name)
def test_a_settings_flags_variables_and_default_are_told(spec: Spec) -> None:
    _, flags, variables, default, *_ = settings_told()[spec.name]

    assert tuple(re.findall(r"`([^`]+)`", flags)) == spec.flags
    assert tuple(re.findall(r"`([^`]+)`", variables)) == spec.variables
    assert spec.default in ("", ()) if default == "none" else spec.parse(default.strip("`")) == spec.default


def test_each_promise_has_its_line_and_its_proof() -> None:
    rows = [line.split("|") for line in (CHECKOUT / "docs" / "promises.md").read_text().splitlines() if "| I" in line]

    assert [row[1].strip() for row in rows] == [f"I{number}" for number in range(1, 13)]
    assert all("`tests/" in row[3] or "comes with" in row[3] for row in rows)
