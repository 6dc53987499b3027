"""What routes answer with is what their description says, to the field: nothing is missing, nothing is besides."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema_rs import Draft202012Validator

from tests.support.successful_actions import Acts, Place, placed

# What a path's parameter may be filled with: the list that has one, and where the ids are in it.
IDS = {
    "agent_id": ("/v1/agents", "agents"),
    "task_id": ("/v1/tasks", "tasks"),
    "stop_id": ("/v1/stops", "stops"),
    "person_id": ("/v1/people", "people"),
    "token_id": ("/v1/tokens", "tokens"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A Fleet in which everything may succeed."""
    with placed(tmp_path_factory.mktemp("answers")) as made:
        yield made


@pytest.fixture(scope="module")
def described(place: Place) -> dict[str, Any]:
    """Its description, with no room for fields that it does not name."""
    whole = copy.deepcopy(place.api.get("/openapi.json").json())
    for schema in whole["components"]["schemas"].values():
        if "properties" in schema and schema.get("type") == "object":
            schema["additionalProperties"] = False
    return dict(whole)


def faults(described: dict[str, Any], answer: httpx.Response) -> list[str]:
    """What is wrong with an answer by its operation's description."""
    path, method = answer.request.url.path, answer.request.method.lower()
    for template, operations in described["paths"].items():
        if method in operations and re.fullmatch(
            re.sub(r"{[^}]+}", "[^/]+", re.escape(template).replace(r"\{", "{").replace(r"\}", "}")), path
        ):
            told = operations[method]["responses"].get(str(answer.status_code))
            if told is None:
                return [f"{method} {template}: {answer.status_code} is not described"]
            content = told.get("content", {}).get("application/json")
            if content is None:
                return [f"{method} {template}: a body that is not described"] if answer.content else []
            schema = {**content["schema"], "components": described["components"]}
            found = Draft202012Validator(schema).iter_errors(answer.json())
            return [f"{method} {template}: {fault.instance_path} {fault.message[:200]}" for fault in found]
    return []


def test_what_writes_answer_with_is_described(place: Place, described: dict[str, Any]) -> None:
    acts = Acts(place).known()
    looked_at = 0
    for name, act in acts.items():
        answer = act()
        answer = answer if isinstance(answer, httpx.Response) else None
        if answer is not None and answer.request.url.path.startswith("/v1/"):
            looked_at += 1
            assert faults(described, answer) == [], name

    assert looked_at > len(acts) // 2


def test_what_reads_answer_with_is_described(place: Place, described: dict[str, Any]) -> None:
    for act in Acts(place).known().values():
        act()
    looked_at = 0
    for template, operations in described["paths"].items():
        if "get" not in operations or "application/json" not in operations["get"]["responses"]["200"].get(
            "content", {}
        ):
            continue
        for path in filled(place, template):
            answer = place.api.get(path)
            looked_at += answer.is_success
            if answer.is_success:
                assert faults(described, answer) == [], path

    assert looked_at > 20


def filled(place: Place, template: str) -> list[str]:
    """The path with the ids of some that there are; none where nobody lists them."""
    paths = [template]
    for name in re.findall(r"{(\w+)}", template):
        if name not in IDS:
            return []
        address, key = IDS[name]
        ids = [each["id"] for each in place.api.get(address).json()[key][:5]]
        paths = [path.replace(f"{{{name}}}", each) for path in paths for each in ids]
    return paths


def test_a_field_that_is_not_described_is_found(described: dict[str, Any], place: Place) -> None:
    described = copy.deepcopy(described)
    described["components"]["schemas"]["FleetStatus"]["properties"].pop("paused")
    described["components"]["schemas"]["FleetStatus"]["required"].remove("paused")

    [fault] = faults(described, place.api.get("/v1/fleet/status"))
    assert "paused" in fault
