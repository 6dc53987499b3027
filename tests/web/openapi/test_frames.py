"""Frames as they come out of the wire are what the stream's description says, to the field."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from fleet.models.frame_types import FRAMES
from tests.support.api import good, make_agent, make_task, post_event, send_command
from tests.support.event_stream import Frame, Reader
from tests.support.successful_actions import Acts, Place, placed

Schemas = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A Fleet in which everything may succeed."""
    with placed(tmp_path_factory.mktemp("frames")) as made:
        yield made


@pytest.fixture(scope="module")
def schemas(place: Place) -> Schemas:
    """What the description says of each frame's data, with no room for fields that it does not name."""
    whole = copy.deepcopy(place.api.get("/openapi.json").json())
    for schema in whole["components"]["schemas"].values():
        if "properties" in schema and schema.get("type") == "object":
            schema["additionalProperties"] = False
    stream = whole["paths"]["/v1/stream"]["get"]["responses"]["200"]["content"]["text/event-stream"]
    components = {"components": whole["components"]}
    return {name: {**reference, **components} for name, reference in stream["x-frames"].items()}


@pytest.fixture(scope="module")
def frames(place: Place) -> list[Frame]:
    """Everything that a stream of all changes brings while everything is done once."""
    with Reader(place.server, token=place.secrets[0], events="all") as reader:
        seen = [reader.frame()]
        for act in [*Acts(place).known().values(), *others(place)]:
            act()
        last = make_task(place.api)["id"]
        while seen[-1].data.get("task", {}).get("id") != last:
            seen.append(reader.frame())
    with Reader(place.server, token=place.secrets[0], after="nobody-1") as reader:
        return [*seen, *reader.frames(2)]


def others(place: Place) -> Iterator[Callable[[], Any]]:
    """What no action of its own stands for."""
    api = place.api

    def held() -> None:
        """A command for somebody who is paused; then all are stopped, and one says so."""
        agent = make_agent(api, status="active")["id"]
        good(api.post(f"/v1/agents/{agent}/pause", json={}))
        send_command(api, agent)
        good(api.delete(f"/v1/agents/{agent}/pause"))
        for kind in ("pause", "stop"):
            stop = good(api.post("/v1/stops", json={"kind": kind}))["id"]
            good(api.get(f"/v1/agents/{agent}/commands?status=sent"))
            for command in good(api.get(f"/v1/agents/{agent}/commands"))["commands"]:
                api.patch(f"/v1/agents/{agent}/commands/{command['id']}", json={"status": "completed"})
            good(api.post(f"/v1/stops/{stop}/resumption"))

    def one_stopped() -> None:
        agent = make_agent(api, status="active")["id"]
        stop = good(api.post("/v1/stops", json={"kind": "stop", "agent_id": agent}))["id"]
        good(api.post(f"/v1/stops/{stop}/resumption"))

    def said() -> None:
        agent = make_agent(api)["id"]
        for kind in ("warning", "error"):
            post_event(api, agent, type=kind)
        good(api.patch(f"/v1/agents/{agent}", json={"name": "Grace", "current_task": "Something"}))

    return iter((held, one_stopped, said))


def test_every_frame_that_comes_is_described(frames: list[Frame], schemas: Schemas) -> None:
    checked = {name: Draft202012Validator(schema) for name, schema in schemas.items()}

    for frame in frames:
        faults = [
            f"{fault.instance_path} {fault.message[:200]}" for fault in checked[frame.event].iter_errors(frame.data)
        ]
        assert faults == [], frame.event


def test_every_frame_that_is_described_has_come(frames: list[Frame]) -> None:
    assert {frame.event for frame in frames} == FRAMES.keys()


def test_a_field_that_is_not_described_is_found(frames: list[Frame], schemas: Schemas) -> None:
    [deleted, *_] = [frame for frame in frames if frame.event == "task_deleted"]
    schema = Draft202012Validator(schemas["task_deleted"])

    assert schema.is_valid(deleted.data)
    assert not schema.is_valid(deleted.data | {"why": "for fun"})
    assert not schema.is_valid({})
