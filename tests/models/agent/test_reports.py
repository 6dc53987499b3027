"""What an agent's reports store and announce; versions, editions, heartbeats."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from fleet.db import write
from fleet.errors import Conflict, Forbidden, NotFound, Stale
from fleet.models import agent
from fleet.models.agent.record import AGENTS
from fleet.models.ids import heartbeat_hash
from tests.support.agents import IDENTITY, beat, new_agent, read, report
from tests.support.application import NOON, Clock, changes, count, frame, head, kinds, rows


def test_a_new_agent_is_announced_as_a_change_from_nothing() -> None:
    ada = new_agent(status="active")

    row = changes()[0]
    assert (row.kind, row.action, row.noun_id, row.agent_id) == (
        "agent_status_changed",
        "created",
        ada,
        ada,
    )
    assert (frame(row)["old_status"], frame(row)["new_status"]) == ("", "active")


def test_one_report_fires_status_question_and_progress_in_this_order() -> None:
    ada = new_agent()
    before = head()

    report(ada, progress=40, pending_question="Now?", status="waiting_feedback")

    assert kinds(before) == ["agent_status_changed", "agent_question_posted", "agent_progress_updated"]


def test_a_report_that_says_nothing_new_writes_and_announces_nothing() -> None:
    ada = new_agent(status="active", progress=40, tags=["a"])
    before, version = head(), read(ada).version

    report(ada, status="active", progress=40, tags=["a"])

    assert (head(), read(ada).version) == (before, version)


def test_a_change_that_document_1_has_no_frame_for_is_announced_all_the_same() -> None:
    ada = new_agent()
    before = head()

    report(ada, current_task="Tidy up")

    assert kinds(before) == ["agent_updated"]


def test_the_frame_holds_the_agent_as_it_was_committed() -> None:
    ada = new_agent()
    report(ada, status="active", progress=10)
    report(ada, status="idle", progress=100)

    shown = [frame(row)["agent"]["progress"] for row in changes() if row.kind == "agent_status_changed"]
    assert shown == [0, 10, 100]


def test_an_edit_raises_version_and_edition_a_heartbeat_the_version_only() -> None:
    beat()
    report(one().id, name="Ada")
    beat(progress=5)

    assert (one().version, one().edition) == (3, 2)


def test_an_edit_of_an_older_edition_is_refused_and_changes_nothing() -> None:
    ada = new_agent()
    report(ada, name="Grace")

    with pytest.raises(Stale) as refused:
        write(lambda tx: agent.edit(tx, ada, {"name": "Joan"}, '"1"'))

    assert refused.value.details["current"] == '"2"'
    assert read(ada).name == "Grace"


def test_an_edit_that_names_the_present_edition_among_others_is_taken() -> None:
    ada = new_agent()

    assert write(lambda tx: agent.edit(tx, ada, {"name": "Joan"}, 'W/"9", "1"')).name == "Joan"


def test_nobody_can_report_for_an_agent_that_is_not_there() -> None:
    with pytest.raises(NotFound):
        report("agt_none", progress=1)


def test_the_first_heartbeat_creates_the_agent_under_the_id_of_document_4() -> None:
    row = beat()

    assert row.id == f"agt_{heartbeat_hash(*IDENTITY.values())[:8]}"
    assert (row.name, row.worktree, row.connection) == ("build-1 app", "/src/app", "online")


def test_a_heartbeat_that_changes_nothing_visible_counts_but_is_not_announced(clock: Clock) -> None:
    beat()
    before = head()
    later = clock.pass_by(30)

    row = beat()

    assert (row.version, row.last_seen_at) == (2, later)
    assert head() == before


def test_two_identities_with_the_same_first_digits_stay_two_agents() -> None:
    """The id of a hash clash gets a longer prefix, never a take-over (security.md 5)."""
    digest = heartbeat_hash(*IDENTITY.values())
    other = new_agent(id=f"agt_{digest[:8]}", name="Somebody else")

    row = beat()

    assert row.id == f"agt_{digest[:12]}"
    assert (read(other).name, read(other).hostname) == ("Somebody else", None)


def test_another_credentials_heartbeat_is_refused_and_changes_nothing() -> None:
    beat("tok_1", progress=10)

    with pytest.raises(Forbidden):
        beat("tok_2", progress=90)

    assert (one().progress, one().owner_id, one().version) == (10, "tok_1", 1)


def test_a_record_without_an_owner_belongs_to_the_first_credential_that_beats() -> None:
    new_agent(**IDENTITY)
    beat("tok_1")

    with pytest.raises(Forbidden):
        beat("tok_2")


def test_a_second_agent_for_the_same_place_is_refused() -> None:
    new_agent(**IDENTITY)

    with pytest.raises(Conflict, match="already"):
        new_agent(**IDENTITY)
    assert count(AGENTS) == 1


def test_a_name_that_a_person_gave_survives_heartbeats_without_one() -> None:
    ada = beat().id
    report(ada, name="Ada")
    beat(progress=3)

    assert (read(ada).name, read(ada).name_is_derived) == ("Ada", False)


def test_an_agent_added_by_a_person_is_unknown_until_it_beats_and_is_online_from_then_on(clock: Clock) -> None:
    ada = new_agent(**IDENTITY)
    assert read(ada).connection == "unknown"
    clock.pass_by(60)
    report(ada, progress=1)
    assert (read(ada).connection, read(ada).last_seen_at) == ("unknown", None)

    beat()

    assert read(ada).connection == "online"
    assert read(ada).connection_changed_at == read(ada).last_seen_at != NOON


def one() -> Any:
    return rows(select(AGENTS))[0]
