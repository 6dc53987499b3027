"""The description is made of what routes do, and says all of it: bodies, queries, answers, codes, roles."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from flask import Flask

import fleet
from fleet import errors
from fleet.models.journal import frames
from fleet.web.http.bodies import Body, check
from fleet.web.http.description import Description
from fleet.web.openapi.codes import ANY, MISSING, STATUS, WITH_BODY
from fleet.web.openapi.document import PREFIXES, described, document
from fleet.web.pages.errors import STATUS as STATUS_OF_CLASS
from tests.support.application import application

CODE = re.compile(r"[A-Z]+(_[A-Z]+)+")
# What no JSON route answers with: forms, pages and their stream, signing in, the database's command line.
# Of pages and of sockets, for which OpenAPI has no words.
FOR_PEOPLE = {"INVALID_UPGRADE", "INVALID_METHOD", "INVALID_TOPIC", "UNKNOWN_AGENT", "NOT_FOUND", "METHOD_NOT_ALLOWED"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application, for its routes."""
    with application(tmp_path_factory.mktemp("openapi")) as running:
        yield running


@pytest.fixture(scope="module")
def whole(app: Flask) -> dict[str, Any]:
    """Its description."""
    return document(app)


def operations(app: Flask) -> list[tuple[str, Callable[..., Any], Description]]:
    """Every described operation: its name, its view, what it says."""
    return [(f"{method} {rule.rule}", app.view_functions[rule.endpoint], said) for rule, method, said in described(app)]


def test_every_json_route_is_described(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if not rule.websocket]  # OpenAPI has no words for those
    routes = {rule.rule for rule in rules if rule.rule.startswith(PREFIXES)}

    assert routes - {rule.rule for rule, _, _ in described(app)} == set()


def test_a_view_reads_the_body_that_it_describes(app: Flask) -> None:
    for name, view, said in operations(app):
        source = inspect.getsource(inspect.unwrap(view))
        read = set(re.findall(r"(?<![\w.])read\((\w+)\)", source)) - {"Release"}  # a fence, which the query has too
        read |= {"Revocation"} if "with_offspring()" in source else set()  # which reads it for both kinds of keys

        assert read == ({said.body.__name__} if said.body else set()), name


def test_the_parameters_of_a_list_are_those_that_it_knows(api: httpx.Client, whole: dict[str, Any]) -> None:
    for path, methods in whole["paths"].items():
        refusals = methods.get("get", {}).get("responses", {}).get("400", {"$ref": ""})["$ref"].rpartition("/")[2]
        codes = str(whole["components"]["responses"].get(refusals))
        if "UNKNOWN_PARAMETER" not in codes or "{" in path.replace("{kind}", ""):
            continue
        said = {parameter["name"] for parameter in methods["get"]["parameters"] if parameter["in"] == "query"}
        answer = api.get(path.replace("{kind}", "jsonl"), params={"no-such-parameter": "1"})

        if "NOT_A_PERSON" in answer.text:  # a person's own: a token that is nobody's has none
            continue
        assert answer.status_code == 400, path
        known = answer.json()["error"]["message"].partition("there are: ")[2].rstrip(".")
        assert said == set(known.split(", ")) - {"none"}, path


def test_examples_fit_the_types_that_they_stand_for(app: Flask, whole: dict[str, Any]) -> None:
    paths = whole["paths"]
    for rule, method, said in described(app):
        path = re.sub(r"<(?:[^:<>]*:)?([^<>]+)>", r"{\1}", rule.rule)
        operation = paths[path][method.lower()]
        if said.answer is not None:
            content = operation["responses"][str(said.status)]["content"]["application/json"]
            msgspec.convert(content["example"], said.answer)
        if said.body is not None:
            body = msgspec.convert(operation["requestBody"]["content"]["application/json"]["example"], said.body)
            check(body)


def test_bodies_say_what_is_required_and_that_it_says_something(whole: dict[str, Any]) -> None:
    schema = whole["components"]["schemas"]["TaskCreate"]

    assert schema["required"] == ["title", "description"]
    assert schema["additionalProperties"] is False
    pattern = schema["properties"]["title"]["pattern"]
    assert re.search(pattern, " a ")
    assert not re.search(pattern, " \n ")
    assert not re.search(pattern, "a\0")


def test_roles_and_credentials_are_the_policy_s(whole: dict[str, Any]) -> None:
    paths = whole["paths"]

    assert paths["/v1/agents/{agent_id}"]["delete"]["x-role"] == "admin"
    assert paths["/v1/agents"]["get"]["x-role"] == "viewer"
    assert paths["/v1/enrolments"]["post"]["security"] == []
    assert paths["/v1/agents"]["post"]["security"] != []


def test_filters_say_what_they_take(whole: dict[str, Any]) -> None:
    """The audit's had no more than `string`, though a month or a result that there is not is refused."""
    for path in ("/v1/audit", "/v1/audit.{kind}"):
        said = {each["name"]: each["schema"] for each in whole["paths"][path]["get"]["parameters"]}

        assert said["result"]["enum"] == ["refused"]
        for name in ("since", "until"):
            assert [each.get("format") for each in said[name]["anyOf"]] == ["date", "date-time", None]


def test_every_reference_leads_somewhere(whole: dict[str, Any]) -> None:
    named = whole["components"]
    for reference in re.findall(r"#/components/(\w+)/([\w.]+)", msgspec.json.encode(whole).decode()):
        assert reference[1] in named[reference[0]], reference


def raised() -> Iterator[tuple[str, str, Path]]:
    """Each code that is raised by its class: class, code, file."""
    for file in sorted(Path(fleet.__file__).parent.rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name | ast.Attribute) and call.args:
                name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr
                kind = getattr(errors, name, None)
                first = call.args[0]
                if kind in STATUS_OF_CLASS and isinstance(first, ast.Constant) and CODE.fullmatch(str(first.value)):
                    yield name, str(first.value), file


def test_every_code_that_is_raised_is_described_with_its_status(whole: dict[str, Any]) -> None:
    told: dict[str, set[int]] = {}
    for name, operation in ((path, one) for path, each in whole["paths"].items() for one in each.values()):
        for status, answer in operation["responses"].items():
            if "$ref" not in answer:
                continue
            refusal = whole["components"]["responses"][answer["$ref"].rpartition("/")[2]]
            schema = refusal["content"]["application/json"]["schema"]["allOf"][1]
            for code in schema["properties"]["error"]["properties"]["code"]["enum"]:
                told.setdefault(code, set()).add(int(status))
            assert name
    for kind, code, file in raised():
        status = STATUS_OF_CLASS[getattr(errors, kind)]

        assert code in FOR_PEOPLE or status in told.get(code, set()), f"{code} ({status}) of {file}"


def test_the_table_of_codes_has_nothing_that_nobody_raises() -> None:
    sources = "\n".join(
        file.read_text() for file in Path(fleet.__file__).parent.rglob("*.py") if "openapi" not in str(file)
    )
    for code in {*STATUS, *MISSING.values(), *sum(ANY.values(), ()), *sum(WITH_BODY.values(), ())}:
        assert f'"{code}"' in sources, code


def test_bodies_with_names_of_their_own() -> None:
    """msgspec tells two classes of one name apart by their modules, which is no name for a reader."""
    names = [kind.__name__ for kind in every(Body)]

    assert sorted({name for name in names if names.count(name) > 1}) == []


def every(kind: type[Body]) -> list[type[Body]]:
    """Every body, children of children too."""
    return [each for child in kind.__subclasses__() for each in (child, *every(child))]


def fired() -> Iterator[tuple[str, set[str]]]:
    """Every frame that the journal fires by a name of its own, with the fields of its data where they stand there."""
    tree = ast.parse(Path(frames.__file__).read_text())
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            shapes = {
                node.targets[0].id: node.value
                for node in ast.walk(function)
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            }
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "announce":
                    data = call.args[4]
                    data = shapes[data.id] if isinstance(data, ast.Name) else data
                    assert isinstance(data, ast.Dict)
                    if isinstance(call.args[0], ast.Constant):
                        yield str(call.args[0].value), {key.value for key in data.keys if isinstance(key, ast.Constant)}


def test_the_stream_s_frames_are_those_that_are_fired_with_their_fields(whole: dict[str, Any]) -> None:
    stream = whole["paths"]["/v1/stream"]["get"]["responses"]["200"]["content"]["text/event-stream"]
    named = whole["components"]["schemas"]
    fields = {name: named[each["$ref"].rpartition("/")[2]] for name, each in stream["x-frames"].items()}

    assert fields.keys() >= frames.DOCUMENTED
    assert len(list(fired())) > 12
    for name, keys in fired():
        assert set(fields[name].get("properties", {})) == keys, name
