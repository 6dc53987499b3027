"""The list of agents that is encoded without being read says what the read one says, byte for byte."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from fleet.db import db, write
from fleet.models import agent, agent_removal, shapes
from fleet.models.agent.json_pages import FEW, JsonPages
from fleet.models.agent.listed import SORTS
from tests.support.agents import beat, new_agent, report
from tests.support.application import Clock

FILTERS = [
    agent.Filter(),
    agent.Filter(status="active", words="ada"),
    agent.Filter(state="needs_you"),
    agent.Filter(state="idle", kind="coding", connection="unknown"),
    agent.Filter(tag="gpu"),
    agent.Filter(words="100% _of_ Zoë"),
    agent.Filter(hostname="build-1"),
    agent.Filter(quiet=False),
]


@pytest.fixture(autouse=True)
def _crew(clock: Clock) -> None:
    new_agent(name="Ada", status="active", tags=["gpu", 'q"u,o'], capabilities=["css"])
    clock.moment += timedelta(microseconds=1)
    report(
        new_agent(name="Zoë 100% _of_", pending_question="May I?\n\x01", status="waiting_feedback"),
        progress=7,
    )
    clock.moment += timedelta(seconds=90, microseconds=-1)
    beat(issue_ids=["#1"], question_options=["ja", "nein"])
    new_agent(name="Idle", last_commit="abc")


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("wanted", FILTERS)
def test_what_is_shown_is_what_is_stored(wanted: agent.Filter, sort: str) -> None:
    shown = JsonPages()
    with db.engine.connect() as connection:
        for limit, offset in ((2, 1), (50, 0), (2, 1)):
            found, total = shown.page(connection, wanted, limit, offset, sort)
            rows, count = agent.page(connection, wanted, limit, offset, sort)

            assert total == count
            assert msgspec.json.encode(found) == msgspec.json.encode([shapes.agent(row) for row in rows])


def test_every_filter_of_these_finds_somebody() -> None:
    with db.engine.connect() as connection:
        assert all(JsonPages().page(connection, wanted, 9, 0, "created")[1] for wanted in FILTERS)


def listed_now(shown: JsonPages) -> list[dict[str, Any]]:
    """The newest fifty, as JSON tells them; what is stored tells the same."""
    with db.engine.connect() as connection:
        found, _ = shown.page(connection, agent.Filter(), 50, 0, "created")
        rows, _ = agent.page(connection, agent.Filter(), 50, 0, "created")
    told = msgspec.json.encode(found)
    assert told == msgspec.json.encode([shapes.agent(row) for row in rows])
    return msgspec.json.decode(told)


def test_what_changes_is_shown_at_once_and_who_is_gone_no_longer(clock: Clock) -> None:
    clock.pass_by(1)  # the newest, and so the first
    shown, agent_id = JsonPages(), new_agent(name="Grace")
    assert listed_now(shown)[0]["progress"] == 0

    report(agent_id, progress=3)
    assert listed_now(shown)[0]["progress"] == 3
    clock.pass_by(60)
    beat()
    assert {one["last_seen_at"] for one in listed_now(shown)} >= {"2026-11-22T12:02:31Z"}
    write(lambda tx: agent.pause(tx, agent_id, "Ada", "lunch"))
    assert listed_now(shown)[0]["pause_reason"] == "lunch"
    write(lambda tx: agent_removal.remove(tx, agent_id))
    assert agent_id not in {one["id"] for one in listed_now(shown)}


def test_an_agent_that_comes_back_under_its_id_is_shown_as_it_is_now(clock: Clock) -> None:
    shown, agent_id = JsonPages(), beat(worktree="/old").id
    listed_now(shown)

    write(lambda tx: agent_removal.remove(tx, agent_id))
    clock.pass_by(1)
    assert beat(worktree="/new").id == agent_id

    [again] = [one for one in listed_now(shown) if one["id"] == agent_id]
    assert again["worktree"] == "/new"


def test_a_page_of_new_ones_and_one_of_a_few_say_the_same() -> None:
    shown = JsonPages()
    ids = [new_agent(name=f"one of {FEW + 5}") for _ in range(FEW + 5)]
    assert len(listed_now(shown)) == len(ids) + 4

    for agent_id in ids[:3]:
        report(agent_id, progress=50)
    assert sum(one["progress"] == 50 for one in listed_now(shown)) == 3


def test_no_more_is_kept_than_there_is_room_for() -> None:
    shown = JsonPages(most=1500)
    for number in range(8):
        new_agent(name=f"{number} {'x' * 400}")
        assert len(listed_now(shown)) == number + 5
        assert shown._bytes == sum(len(kept[1]) for kept in shown._kept.values()) <= 1500
