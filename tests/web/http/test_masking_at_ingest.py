"""What agents report is masked before database, stream or page see it (security.md 21)."""

from __future__ import annotations

import httpx
import pytest

from tests.support.api import JSON
from tests.support.event_stream import Reader
from tests.support.serving import Served

SECRET = "ghp_" + "a1B2c3" * 6


def test_no_secret_reaches_the_database_the_stream_or_an_answer(server: Served, api: httpx.Client, agent: JSON) -> None:
    path = f"/v1/agents/{agent['id']}"
    with Reader(server, token=server.token) as reader:
        reader.frame()
        said = [
            api.patch(path, json={"current_task": f"push with {SECRET}"}),
            api.patch(path, json={"status": "waiting_feedback", "pending_question": f"Use {SECRET}?"}),
            api.post(f"{path}/events", json={"type": "info", "message": SECRET, "metadata": {"a": [SECRET]}}),
            api.post(f"{path}/todos", json={"text": f"hide {SECRET}"}),
        ]
        frames = [reader.frame() for _ in range(4)]
    assert all(answer.is_success for answer in said)
    assert not any(SECRET in answer.text for answer in said)
    assert not any(SECRET in str(frame) for frame in frames)
    assert "*" * len(SECRET) in said[0].json()["current_task"]
    written = b"".join(p.read_bytes() for p in server.folder.glob("fleet.db*") if p.is_file())
    assert SECRET.encode() not in written


@pytest.mark.parametrize("field", ["response"])
def test_an_agents_response_is_masked_and_a_persons_words_are_not(api: httpx.Client, agent: JSON, field: str) -> None:
    path = f"/v1/agents/{agent['id']}/commands"
    sent = api.post(path, json={"content": f"use {SECRET}", "type": "instruction"}).json()
    assert SECRET in sent["content"], "the agent must get what it was told"
    done = api.patch(f"{path}/{sent['id']}", json={"status": "completed", field: f"used {SECRET}"}).json()
    assert SECRET not in done[field]
