"""The one word that is shown for an agent: read off the row and asked of the database alike."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, select

from fleet.db import Transaction, write
from fleet.models import agent
from fleet.models.agent import STATES, STATUSES, Agent, editable, listed, summary
from fleet.models.agent.json_pages import Shown
from fleet.models.agent.record import AGENTS
from fleet.models.fleet_figures import Figures, figures
from tests.support.application import NOON, connected, rows

CONNECTIONS = ("unknown", "online", "offline")
EARLIER, LATER = NOON - timedelta(hours=2), NOON - timedelta(hours=1)
COMBINATIONS = list(product(STATUSES, CONNECTIONS, (None, LATER), (None, LATER), (None, "Now?")))


def stored(**values: Any) -> Agent:
    """An agent with these columns, as pages read it."""
    given = {"name": "Ada", "worktree": "/src/app", "id": "agt_1", "status_changed_at": EARLIER} | values
    row = write(lambda tx: editable.insert_agent(tx, given))
    return agent.records([row])[0]


def every_combination(tx: Transaction) -> None:
    """One agent for each combination of what the state depends on."""
    for number, (status, connection, answered, dismissed, question) in enumerate(COMBINATIONS):
        editable.insert_agent(
            tx,
            {
                "id": f"agt_{number}",
                "name": "Ada",
                "worktree": "/src",
                "status": status,
                "connection": connection,
                "answered_at": answered,
                "dismissed_at": dismissed,
                "pending_question": question,
                "status_changed_at": EARLIER,
                "connection_changed_at": None if connection == "unknown" else LATER,
            },
        )


def counted() -> Figures:
    with connected() as connection:
        return figures(connection)


def by_id(found: list[Row[Any]]) -> dict[str, Any]:
    return {row[0]: row[1] for row in found}


def test_the_database_and_the_record_agree_on_the_state_of_every_combination() -> None:
    write(every_combination)
    in_sql = by_id(rows(select(AGENTS.c.id, listed.STATE)))
    agents = agent.records(rows(select(AGENTS)))

    assert len(agents) == len(COMBINATIONS)
    assert {agent.id: agent.state for agent in agents} == in_sql
    assert set(in_sql.values()) == set(STATES)


def test_a_glance_reads_the_same_off_its_columns_as_the_whole_record() -> None:
    write(every_combination)
    agents = agent.records(rows(select(AGENTS)))
    with connected() as connection:
        found = summary.of(connection, [one.id for one in agents])

    assert len(found) == len(COMBINATIONS)
    for whole in agents:
        for name in ("state", "state_since", "needs_you", "repository", "question_title", "tags"):
            assert getattr(found[whole.id], name) == getattr(whole, name), name


def test_the_database_and_the_record_agree_on_who_needs_a_person() -> None:
    write(every_combination)
    in_sql = by_id(rows(select(AGENTS.c.id, listed.NEEDS_YOU)))
    agents = agent.records(rows(select(AGENTS)))

    assert {agent.id: agent.needs_you for agent in agents} == {k: bool(v) for k, v in in_sql.items()}
    assert 0 < sum(agent.needs_you for agent in agents) < len(agents)


@pytest.mark.parametrize("state", [*STATES, "needs_you"])
def test_a_filter_by_state_finds_exactly_the_agents_that_show_it(state: str) -> None:
    write(every_combination)
    agents = agent.records(rows(select(AGENTS)))
    wanted = {a.id for a in agents if (a.needs_you if state == "needs_you" else a.state == state)}

    found = rows(select(AGENTS.c.id).where(*agent.Filter(state=state).conditions()))

    assert {row.id for row in found} == wanted


def test_the_figures_count_every_agent_in_one_state() -> None:
    write(every_combination)
    agents = agent.records(rows(select(AGENTS)))
    figures = counted()

    assert figures.total == len(agents)
    assert figures.quiet == sum(agent.state in listed.QUIET for agent in agents)
    assert figures.needs_you == sum(agent.needs_you for agent in agents)
    for state in ("active", "idle", "finished", "warning", "offline"):
        assert getattr(figures, state) == sum(agent.state == state for agent in agents)


def test_the_oldest_need_is_as_old_as_the_record_that_has_it() -> None:
    write(every_combination)
    agents = agent.records(rows(select(AGENTS)))
    figures = counted()

    assert figures.oldest_need_at == min(agent.state_since for agent in agents if agent.needs_you)
    assert figures.offline_since_at == min(a.state_since for a in agents if a.state == "offline")


@pytest.mark.parametrize(
    ("values", "state", "since"),
    [
        ({"status": "active"}, "active", EARLIER),
        ({"status": "waiting_feedback"}, "waiting_feedback", EARLIER),
        ({"status": "waiting_feedback", "answered_at": LATER}, "answered", LATER),
        ({"status": "active", "answered_at": LATER}, "active", EARLIER),
        ({"connection": "offline", "connection_changed_at": LATER}, "offline", LATER),
        (
            {"connection": "offline", "connection_changed_at": LATER, "status": "waiting_feedback"},
            "offline",
            LATER,
        ),
        ({"connection": "online", "connection_changed_at": LATER}, "idle", EARLIER),
    ],
)
def test_a_state_is_as_old_as_the_fact_that_made_it(values: dict[str, Any], state: str, since: datetime) -> None:
    agent = stored(**values)

    assert (agent.state, agent.state_since) == (state, since)


def test_silence_hides_a_question_until_the_agent_is_back() -> None:
    """Offline, whatever the status: nobody can answer who is not there."""
    agent = stored(status="waiting_feedback", pending_question="Now?", connection="offline")

    assert agent.state == "offline"
    assert not agent.needs_you


@pytest.mark.parametrize(
    ("worktree", "repository"), [("/src/app", "app"), ("/src/app/", "app"), ("app", "app"), ("/", "/")]
)
def test_the_repository_is_the_last_part_of_the_worktree(worktree: str, repository: str) -> None:
    assert stored(worktree=worktree).repository == repository


def test_a_question_has_a_title_and_perhaps_a_detail() -> None:
    agent = stored(pending_question="Which one?\n\nThe old one is slow.\nThe new one is not tested.")

    assert agent.question_title == "Which one?"
    assert agent.question_detail == "The old one is slow.\nThe new one is not tested."


def test_json_says_the_same_of_every_combination() -> None:
    write(every_combination)
    agents = {one.id: one for one in agent.records(rows(select(AGENTS)))}
    with connected() as connection:
        found, _ = Shown().page(connection, agent.Filter(), len(agents), 0, "created")

    assert len(found) == len(COMBINATIONS)
    for told in map(msgspec.json.decode, found):
        whole = agents[told["id"]]
        since = datetime.fromisoformat(told["state_since"])
        assert (told["state"], since, told["needs_you"]) == (whole.state, whole.state_since, whole.needs_you)
