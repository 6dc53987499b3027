"""Which changes of a description break a client, and which do not; and that none has come since the last release."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from fleet.web.openapi.document import document
from tests.contract.compatibility import binding, breaking
from tests.support.application import application

RELEASED = Path(__file__).parent / "v1.json"
PATH = "/v1/things"
OLD: dict[str, Any] = {
    "paths": {
        PATH: {
            "get": {
                "parameters": [
                    {"name": "kind", "in": "query", "schema": {"type": "string", "enum": ["big", "small"]}},
                ],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Things"}}}}
                },
            },
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}},
                "responses": {"201": {"content": {}}},
            },
        }
    },
    "components": {
        "schemas": {
            "Things": {
                "type": "object",
                "required": ["things"],
                "properties": {"things": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}},
            },
            "Thing": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "inside": {"anyOf": [{"$ref": "#/components/schemas/Thing"}, {"type": "null"}]},
                },
            },
            "New": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "kind": {"enum": ["big", "small"]},
                    "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                },
            },
        }
    },
}
NEW, THING = ("components", "schemas", "New"), ("components", "schemas", "Thing")
GET, POST = ("paths", PATH, "get"), ("paths", PATH, "post")
Change = Callable[[Any], object]
BREAKING: list[tuple[tuple[str, ...], Change, str]] = [
    (("paths", PATH), lambda it: it.pop("get"), "GET /v1/things is gone"),
    (("paths",), lambda it: it.clear(), "POST /v1/things is gone"),
    (GET, lambda it: it.update(parameters=[]), "GET /v1/things parameter kind is gone"),
    (GET, lambda it: it["parameters"][0].update(required=True), "GET /v1/things parameter kind is required now"),
    (
        GET,
        lambda it: it["parameters"].append({"name": "more", "in": "query", "required": True}),
        "GET /v1/things parameter more is required now",
    ),
    (
        GET,
        lambda it: it["parameters"][0]["schema"].update(enum=["big"]),
        "GET /v1/things parameter kind takes 'small' no more",
    ),
    (GET, lambda it: it["responses"].clear(), "GET /v1/things answers 200 no more"),
    (POST, lambda it: it["requestBody"].update(required=True), "POST /v1/things needs a body now"),
    (POST, lambda it: it.pop("requestBody"), "POST /v1/things takes no body any more"),
    (NEW, lambda it: it.update(required=["name"]), "POST /v1/things body.name is required now"),
    (NEW, lambda it: it["properties"].pop("name"), "POST /v1/things body.name is gone"),
    (NEW, lambda it: it["properties"]["kind"]["enum"].remove("big"), "POST /v1/things body.kind takes 'big' no more"),
    (
        NEW,
        lambda it: it["properties"].update(name={"type": "integer"}),
        "POST /v1/things body.name was string and is integer",
    ),
    (
        NEW,
        lambda it: it["properties"]["size"]["anyOf"].pop(),
        "POST /v1/things body.size was integer or null and is integer",
    ),
    (THING, lambda it: it["properties"].pop("id"), "GET /v1/things 200.things[].id is gone"),
    (THING, lambda it: it.pop("required"), "GET /v1/things 200.things[].id may be missing now"),
    (
        THING,
        lambda it: it["properties"].update(id={"type": ["string", "null"]}),
        "GET /v1/things 200.things[].id was string and is null or string",
    ),
]
HARMLESS: list[tuple[tuple[str, ...], Change]] = [
    (("paths",), lambda it: it.update({"/v1/more": {"get": {}}})),
    (GET, lambda it: it["parameters"].append({"name": "more", "in": "query", "schema": {"type": "string"}})),
    (GET, lambda it: it["parameters"][0]["schema"]["enum"].append("middle")),
    (GET, lambda it: it["responses"].update({"404": {}})),
    (NEW, lambda it: it["properties"].update(colour={"type": "string"})),
    (NEW, lambda it: it["properties"].update(name={"anyOf": [{"type": "string"}, {"type": "null"}]})),
    (THING, lambda it: it["properties"].update(colour={"type": "string"})),
    (THING, lambda it: it["required"].append("inside")),
]


def changed(where: tuple[str, ...], change: Change) -> dict[str, Any]:
    """The description after one change at one place."""
    new = copy.deepcopy(OLD)
    place: Any = new
    for part in where:
        place = place[part]
    change(place)
    return new


def test_the_same_description_breaks_nothing() -> None:
    assert breaking(OLD, copy.deepcopy(OLD)) == []


@pytest.mark.parametrize(("where", "change", "sentence"), BREAKING, ids=[case[2] for case in BREAKING])
def test_what_is_taken_away_or_newly_asked_for_is_named(where: tuple[str, ...], change: Change, sentence: str) -> None:
    assert sentence in breaking(OLD, changed(where, change))


@pytest.mark.parametrize(("where", "change"), HARMLESS)
def test_what_is_added_breaks_nobody(where: tuple[str, ...], change: Change) -> None:
    assert breaking(OLD, changed(where, change)) == []


def test_a_release_keeps_what_binds_and_no_words() -> None:
    said = changed(NEW, lambda it: it.update(description="A new one.", example={}))
    said = said | {"info": {}, "components": said["components"] | {"responses": {}}}
    said["components"]["schemas"]["New"]["properties"]["description"] = {"type": "string", "description": "Words."}
    kept = binding(said)

    assert set(kept) == {"paths", "components"}
    assert set(kept["components"]["schemas"]["New"]) == {"type", "properties"}
    assert kept["components"]["schemas"]["New"]["properties"]["description"] == {"type": "string"}
    assert breaking(kept, said) == breaking(said, kept) == []


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    with application(tmp_path) as made:
        yield made


def test_nothing_that_was_released_is_broken(app: Flask) -> None:
    """Written anew at a release, by `python -m tests.contract --release`."""
    assert breaking(json.loads(RELEASED.read_text()), document(app)) == []
