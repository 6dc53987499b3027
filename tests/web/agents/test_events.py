"""An agent's activity."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, post_event, read, refused


def test_activity_is_newest_first_and_counted(api: httpx.Client, agent: JSON) -> None:
    made = [post_event(api, agent["id"])["id"] for _ in range(5)][::-1]
    path = f"/v1/agents/{agent['id']}/events"

    whole, page = read(api, path), read(api, f"{path}?limit=2&offset=1")

    assert [event["id"] for event in whole["events"]] == made
    assert (whole["total"], whole["limit"], whole["offset"]) == (5, 100, 0)
    assert [event["id"] for event in page["events"]] == made[1:3]
    assert (page["total"], page["limit"], page["offset"]) == (5, 2, 1)


def test_activity_can_be_narrowed_by_type(api: httpx.Client, agent: JSON) -> None:
    post_event(api, agent["id"], type="info")
    commit = post_event(api, agent["id"], type="commit")

    found = read(api, f"/v1/agents/{agent['id']}/events?type=commit")

    assert (found["events"], found["total"]) == ([commit], 1)


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {},
        {"sha": "abc"},
        {"deep": [[[{"a": [1, 2.5, None, True]}]]]},
        {"text": "ü – 日本 🚀", "": 0},
        {"large": 2**64 - 1, "negative": -(2**63)},
    ],
)
def test_metadata_comes_back_as_it_was_sent(api: httpx.Client, agent: JSON, metadata: Any) -> None:
    made = post_event(api, agent["id"], metadata=metadata)

    assert made["metadata"] == metadata
    assert read(api, f"/v1/agents/{agent['id']}/events")["events"] == [made]


def test_text_comes_back_as_it_was_sent(api: httpx.Client, agent: JSON) -> None:
    text = "  two lines\nand \t <b>& 🚀\x1b[31m \u202e  "

    assert post_event(api, agent["id"], message=text)["message"] == text


def test_the_longest_message_is_kept_whole(api: httpx.Client, agent: JSON) -> None:
    text = "ä" * 100_000

    assert post_event(api, agent["id"], message=text)["message"] == text
    body = {"type": "info", "message": text + "x"}
    refused(api.post(f"/v1/agents/{agent['id']}/events", json=body), 400, "INVALID_MESSAGE")


@pytest.mark.parametrize("field", ["type", "message"])
def test_a_line_has_a_type_and_a_message(api: httpx.Client, agent: JSON, field: str) -> None:
    for nothing in ({}, {field: ""}, {field: "  "}):
        body = {k: v for k, v in {"type": "info", "message": "m"}.items() if k != field} | nothing
        refused(api.post(f"/v1/agents/{agent['id']}/events", json=body), 400, f"MISSING_{field.upper()}")


def test_lines_belong_to_one_agent(api: httpx.Client, agent: JSON) -> None:
    post_event(api, agent["id"])
    other = make_agent(api)

    assert read(api, f"/v1/agents/{other['id']}/events")["total"] == 0
    refused(api.get("/v1/agents/nope/events"), 404, "AGENT_NOT_FOUND")
    body = {"type": "info", "message": "m"}
    refused(api.post("/v1/agents/nope/events", json=body), 404, "AGENT_NOT_FOUND")


def test_activity_since_a_moment_is_that_moments_and_what_came_later(api: httpx.Client, agent: JSON) -> None:
    path = f"/v1/agents/{agent['id']}/events"
    first, second, third = (post_event(api, agent["id"]) for _ in range(3))

    found = good(api.get(path, params={"since": second["timestamp"]}))

    assert (found["events"], found["total"]) == ([third, second], 2)
    for said in ("2999-01-01T00:00:00Z", "2999-01-01t00:00:00.123456789z", "2999-01-01T00:00:00+14:00"):
        assert good(api.get(path, params={"since": said}))["events"] == []
    assert read(api, f"{path}?since=2020-01-01T00:00:00+02:00")["total"] == 3, "a plus sign that nobody has encoded"
    assert first in read(api, f"{path}?since=2020-01-01T00:00:00-02:00")["events"]


@pytest.mark.parametrize(
    "said",
    [
        "",
        "now",
        "1732270000",
        "2026-11-22",
        "2026-11-22T10:00:00",
        "2026-02-30T10:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "2026-11-22T25:00:00Z",
        "٢٠٢٦-11-22T10:00:00Z",
        "2026-11-22T10:00:00Z\n",
        "\x00",
    ],
)
def test_a_moment_is_one_of_rfc_3339(api: httpx.Client, agent: JSON, said: str) -> None:
    for path in (f"/v1/agents/{agent['id']}/events", "/v1/fleet/recent-updates"):
        error = refused(api.get(path, params={"since": said}), 400, "INVALID_SINCE")
        assert error["details"] == {"field": "since"}
