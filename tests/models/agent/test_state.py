"""The one word that is shown for an agent: read off the row and asked of the database alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Row, delete, select

from fleet.db import write
from fleet.models import agent
from fleet.models.agent import GROUPS, PARTS, STATES, Agent, editable, listed, summary
from fleet.models.agent.json_pages import JsonPages
from fleet.models.agent.record import AGENTS
from fleet.models.fleet_figures import Figures, figures
from tests.support.application import connected, rows
from tests.support.every_agent import COMBINATIONS, EARLIER, LATER, Combination, combined, every_combination


def stored(**values: Any) -> Agent:
    """An agent with these columns, as pages read it."""
    given = {"name": "Ada", "worktree": "/src/app", "id": "agt_1", "status_changed_at": EARLIER} | values
    row = write(lambda tx: editable.insert_agent(tx, given))
    return agent.records([row])[0]


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
        for name in ("state", "state_since", "needs_you", "group", "face", "repository", "question_title", "tags"):
            assert getattr(found[whole.id], name) == getattr(whole, name), name


def test_the_database_and_the_record_agree_on_who_needs_a_person() -> None:
    write(every_combination)
    in_sql = by_id(rows(select(AGENTS.c.id, listed.NEEDS_YOU)))
    agents = agent.records(rows(select(AGENTS)))

    assert {agent.id: agent.needs_you for agent in agents} == {k: bool(v) for k, v in in_sql.items()}
    assert 0 < sum(agent.needs_you for agent in agents) < len(agents)


def test_the_database_and_the_record_agree_on_the_figure_that_counts_every_combination() -> None:
    write(every_combination)
    agents = agent.records(rows(select(AGENTS)))

    assert {one.id: one.group for one in agents} == by_id(rows(select(AGENTS.c.id, listed.GROUP)))
    assert {one.id: one.standing for one in agents} == by_id(rows(select(AGENTS.c.id, listed.STANDING)))
    assert {one.group for one in agents} == set(GROUPS)
    assert {one.standing for one in agents} == set(STATES)


@pytest.mark.parametrize("state", [*STATES, "needs_you"])
def test_a_filter_by_state_finds_exactly_the_agents_that_show_it(state: str) -> None:
    write(every_combination)
    agents = agent.records(rows(select(AGENTS)))
    wanted = {a.id for a in agents if (a.needs_you if state == "needs_you" else a.state == state)}

    found = rows(select(AGENTS.c.id).where(*agent.Filter(state=state).conditions()))

    assert {row.id for row in found} == wanted


@pytest.mark.parametrize("group", [*GROUPS, *PARTS])
def test_a_filter_by_group_finds_exactly_the_agents_that_its_figure_counts(group: str) -> None:
    write(every_combination)
    agents = agent.records(rows(select(AGENTS)))
    wanted = {one.id for one in agents if group in ((one.standing,) if group in PARTS else (one.group,))}

    found = rows(select(AGENTS.c.id).where(*agent.Filter(group=group).conditions()))

    assert {row.id for row in found} == wanted


@settings(deadline=None, max_examples=25)
@given(st.lists(st.sampled_from(COMBINATIONS), max_size=30))
def test_the_figures_of_any_fleet_add_up_and_each_is_as_many_as_its_filter_finds(fleet: list[Combination]) -> None:
    """Each agent is in exactly one figure: of 12 agents an overview once showed 3, 4, 1 and 0."""
    write(lambda tx: tx.execute(delete(AGENTS)) and None)
    write(lambda tx: [combined(tx, number, each) for number, each in enumerate(fleet)])
    figures = counted()

    assert figures.total == len(fleet) == sum(getattr(figures, group) for group in GROUPS)
    assert figures.needs_you == figures.questions + figures.errors
    with connected() as connection:
        counts = agent.counts_by_group(connection)
        for group in GROUPS:
            found = agent.count(connection, agent.Filter(group=group))
            assert getattr(figures, group) == counts[group] == found, group
        for part in PARTS:
            assert counts[part] == agent.count(connection, agent.Filter(group=part)), part


def test_who_is_quiet_is_counted_as_idle_or_finished() -> None:
    write(every_combination)
    agents = agent.records(rows(select(AGENTS)))

    assert counted().quiet == sum(one.state in listed.QUIET for one in agents)


def test_who_was_answered_counts_as_active_and_a_dismissed_error_as_a_warning() -> None:
    answered = stored(id="agt_1", status="waiting_feedback", answered_at=LATER)
    dismissed = stored(id="agt_2", status="error", dismissed_at=LATER)

    assert (answered.state, answered.group) == ("answered", "active")
    assert (dismissed.state, dismissed.group) == ("error", "warning")


def test_the_oldest_need_is_as_old_as_the_record_that_has_it() -> None:
    write(every_combination)
    agents = agent.records(rows(select(AGENTS)))
    figures = counted()

    assert figures.oldest_need_at == min(agent.need_since for agent in agents if agent.needs_you)
    assert figures.offline_since_at == min(a.state_since for a in agents if a.group == "offline")


@pytest.mark.parametrize(
    ("values", "state", "since"),
    [
        ({"status": "active"}, "active", EARLIER),
        ({"status": "shutting_down"}, "finishing", EARLIER),
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


@pytest.mark.parametrize(("status", "need"), [("waiting_feedback", "question"), ("error", "error")])
def test_a_need_outlives_the_connection(status: str, need: str) -> None:
    """Of 24 waiting agents that fell silent 19 were on no list: the answer waits, so the question does."""
    silent = stored(status=status, connection="offline", connection_changed_at=LATER)

    assert (silent.state, silent.state_since) == ("offline", LATER)
    assert (silent.needs_you, silent.need, silent.need_since) == (True, need, EARLIER)
    assert silent.group == "needs_you"


def test_an_answer_and_a_dismissal_end_a_need_also_of_who_is_silent() -> None:
    answered = stored(id="agt_1", status="waiting_feedback", connection="offline", answered_at=LATER)
    dismissed = stored(id="agt_2", status="error", connection="offline", dismissed_at=LATER)

    assert [one.needs_you for one in (answered, dismissed)] == [False, False]
    assert [one.group for one in (answered, dismissed)] == ["offline", "offline"]


def test_who_needs_somebody_comes_first_whatever_the_connection() -> None:
    stored(id="agt_1", name="dismissed", status="error", dismissed_at=LATER)
    stored(id="agt_2", name="silent", connection="offline")
    stored(id="agt_3", name="failed, silent", status="error", connection="offline")
    stored(id="agt_4", name="asks, silent", status="waiting_feedback", connection="offline")
    stored(id="agt_5", name="at work", status="active")
    with connected() as connection:
        found, _ = agent.page(connection, agent.Filter(), 10, 0, "state")

    assert [row.name for row in found] == ["asks, silent", "failed, silent", "dismissed", "at work", "silent"]


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
        found, _ = JsonPages().page(connection, agent.Filter(), len(agents), 0, "created")

    assert len(found) == len(COMBINATIONS)
    for told in map(msgspec.json.decode, found):
        whole = agents[told["id"]]
        since = datetime.fromisoformat(told["state_since"])
        assert (told["state"], since, told["needs_you"]) == (whole.state, whole.state_since, whole.needs_you)
