"""The overview's figures: every agent is in exactly one, and each leads to as many as it counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fleet.db import write
from fleet.models import agent
from fleet.models.agent import GROUPS, editable
from tests.support.agents import new_agent
from tests.support.application import application, connected
from tests.support.every_agent import COMBINATIONS, LATER, every_combination
from tests.support.serving import DEV_TOKEN

PAGE = {"Accept": "text/html"}
FIGURE = re.compile(r'<a href="(/agents\?group=(\w+))">.*?<strong class="figure-n">(\d+)<', re.DOTALL)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    with application(tmp_path) as made:
        yield made


@pytest.fixture
def asked(app: Flask) -> FlaskClient:
    made = app.test_client()
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {DEV_TOKEN}"
    return made


def page(asked: FlaskClient, path: str) -> str:
    answer = asked.get(path, headers=PAGE)
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def rows_of(asked: FlaskClient, path: str) -> set[str]:
    """The agents of a list, over all of its pages."""
    found: set[str] = set()
    while True:
        here = set(re.findall(r'id="agent-row-(\w+)"', page(asked, f"{path}&view=table&offset={len(found)}")))
        if not here:
            return found
        assert not here & found
        found |= here


def silent(**values: object) -> str:
    """An agent that fell silent at 13 h."""
    given = {"id": "agt_silent", "name": "Ada", "worktree": "/src/app", "connection": "offline"} | values
    return str(write(lambda tx: editable.insert_agent(tx, given | {"connection_changed_at": LATER})).id)


def test_the_figures_add_up_and_each_leads_to_as_many_agents_as_it_counts(asked: FlaskClient) -> None:
    write(every_combination)

    figures = FIGURE.findall(page(asked, "/"))

    assert [group for _, group, _ in figures] == list(GROUPS)
    assert sum(int(count) for _, _, count in figures) == len(COMBINATIONS)
    lists = {path: rows_of(asked, path) for path, _, _ in figures}
    assert [len(lists[path]) for path, _, _ in figures] == [int(count) for _, _, count in figures]
    assert len(set().union(*lists.values())) == len(COMBINATIONS), "nobody is in two"
    for path, _, count in figures:
        told = asked.get(f"{path}&limit=1", headers={"Accept": "application/json"}).json
        assert told is not None
        assert told.get("total") == int(count), told


def test_the_chips_beside_the_list_count_as_the_figures_do(asked: FlaskClient) -> None:
    write(every_combination)

    found = re.findall(
        r'class="chip[^"]*" href="[^"]*group=(\w+)"[^>]*>.*?class="n">(\d+)<', page(asked, "/agents"), re.DOTALL
    )
    chips = {group: int(count) for group, count in found}

    assert sum(count for group, count in chips.items() if group not in ("answered", "finishing")) == len(COMBINATIONS)
    for group, count in chips.items():
        assert len(rows_of(asked, f"/agents?group={group}")) == count, group


def test_an_older_link_by_state_leads_to_the_same_list(asked: FlaskClient) -> None:
    ada, bob = silent(status="waiting_feedback"), silent(id="agt_gone")

    assert rows_of(asked, "/agents?state=needs_you") == rows_of(asked, "/agents?group=waiting_feedback") == {ada}
    assert rows_of(asked, "/agents?state=offline") == {bob}


def test_the_field_state_is_asked_for_as_it_is_shown(asked: FlaskClient) -> None:
    ada = silent(status="waiting_feedback", pending_question="Now?")

    told = asked.get("/v1/agents?state=offline").json
    assert told is not None
    assert [(one["id"], one["state"], one["needs_you"]) for one in told["agents"]] == [(ada, "offline", True)]
    refused = asked.get("/v1/agents?group=gone")
    assert refused.status_code == 400
    assert refused.json is not None
    assert refused.json["error"]["code"] == "INVALID_GROUP"


def test_a_silent_agents_question_stays_in_needs_you_badge_and_title_and_can_be_answered(asked: FlaskClient) -> None:
    ada = silent(status="waiting_feedback", pending_question="Which database?")

    shown = page(asked, "/")

    assert re.search(r'offline since\s*<time datetime="[^"]*T11:00:00[^"]*"[^>]*>[^<]+</time>, the answer waits', shown)
    assert f'action="/agents/{ada}/answer"' in shown
    assert "<title>(1) Overview" in shown
    assert re.search(r'id="badge-overview" class="count" data-count="1"', shown)
    own = page(asked, f"/agents/{ada}")
    assert re.search(r'offline since\s*<time datetime="[^"]*T11:00:00[^"]*"[^>]*>[^<]+</time>, the answer waits', own)
    assert f'action="/agents/{ada}/answer"' in own

    sent = asked.post(f"/v1/agents/{ada}/answer", json={"content": "SQLite", "question": "Which database?"})

    assert sent.status_code == 201
    waiting = asked.get(f"/v1/agents/{ada}/commands?status=sent").json
    assert waiting is not None
    assert [each["content"] for each in waiting["commands"]] == ["SQLite"]


def test_a_silent_agents_error_stays_until_it_is_dismissed(asked: FlaskClient) -> None:
    ada = silent(status="error", activity_message="npm ci exited with 1")

    assert "what you send waits" in page(asked, "/")
    assert "npm ci exited with 1" in page(asked, f"/agents/{ada}")
    assert asked.post(f"/v1/agents/{ada}/dismissal").status_code == 200
    assert "Nothing needs you" in page(asked, "/")


def test_the_palette_offers_the_answer_to_a_silent_agents_question(asked: FlaskClient) -> None:
    ada = silent(status="waiting_feedback", pending_question="Which database?")
    new_agent(name="Bob")

    with connected() as connection:
        assert [one.id for one in agent.search(connection, "", 5, waiting=True)] == [ada]
    assert "Which database?" in page(asked, "/search?q=answer Ada")
