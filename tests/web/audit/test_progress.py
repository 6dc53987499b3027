"""What agents and programs report all day is left out of the page until it is asked for; and who did it is a choice."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from fleet.db import write
from fleet.models.audit import Entry
from fleet.models.audit.record import LASTING_FIELDS
from fleet.web.agents.views import AgentPatch
from tests.support.audit_entries import PAGE, add, report, seqs, shown


def test_the_page_leaves_progress_out_until_it_is_asked_for_and_says_how_much(asked: FlaskClient) -> None:
    add(action="agents.create", actor_id="usr_1", actor_kind="person")
    for _ in range(3):
        report()
    report(action="heartbeats.create", actor_kind="token", fields=("hostname", "name"))
    report(action="events.create")
    report(action="todos.edit")

    assert shown(asked) == [1]
    page = asked.get("/audit", headers=PAGE).text
    assert "6 entries of mere progress are hidden between these." in page
    assert "Show progress" in page
    assert shown(asked, "progress=show") == [7, 6, 5, 4, 3, 2, 1]
    assert "mere progress" not in asked.get("/audit?progress=show", headers=PAGE).text
    assert shown(asked, "action=events.create") == [6], "who asks for reports gets them"
    alone = asked.get("/audit?actor=agt_1", headers=PAGE).text
    assert "Nothing but progress" in alone
    assert "6 entries of mere progress are hidden." in alone


def test_what_is_more_than_progress_is_never_hidden(asked: FlaskClient) -> None:
    for number, values in enumerate(
        (
            {"fields": ("progress", "name")},
            {"fields": ("tags",)},
            {"actor_kind": "person", "actor_id": "usr_1"},
            {"actor_kind": "console", "actor_id": None},
            {"action": "events.create", "actor_kind": "person", "actor_id": "usr_1"},
            {"action": "tasks.edit"},
            {"action": "agents.delete"},
            {"result": "FORBIDDEN", "fields": ()},
        ),
        1,
    ):
        report(**values)
        assert shown(asked)[0] == number, values


def test_every_field_of_an_agent_either_lasts_or_says_how_far_it_is() -> None:
    lasting = {field for field in AgentPatch.__struct_fields__ if field in LASTING_FIELDS}
    assert lasting == set(LASTING_FIELDS)
    assert set(AgentPatch.__struct_fields__) - lasting == {
        "status",
        "current_task",
        "progress",
        "files_changed",
        "lines_added",
        "lines_removed",
        "last_commit",
        "pending_question",
        "question_options",
    }, "say of a new field whether changing it is mere progress; if it is not, LASTING_FIELDS and a migration name it"
    assert [name for name in set(AgentPatch.__struct_fields__) - lasting if any(each in name for each in lasting)] == []


def test_programs_and_files_get_every_entry(asked: FlaskClient) -> None:
    add(action="tasks.create")
    report()
    report()

    assert seqs(asked) == [3, 2, 1]
    assert len(asked.get("/audit.jsonl").text.splitlines()) == 3
    assert len(asked.get("/audit.csv").text.splitlines()) == 4
    assert asked.get("/v1/audit?progress=show").json["error"]["code"] == "UNKNOWN_PARAMETER", "nothing is hidden there"  # type: ignore[index]
    assert shown(asked, "progress=anything") == [1]
    assert 'href="/audit.jsonl"' in asked.get("/audit", headers=PAGE).text


def test_pages_of_deeds_follow_each_other_without_gap_or_repeat(asked: FlaskClient) -> None:
    for place in range(130):
        write(lambda tx, place=place: tx.entries.extend(some(place)))

    deeds = [seq for seq in seqs(asked, "limit=1000") if seq % 5 == 1]
    assert shown(asked) == deeds
    hidden = re.findall(r"([\d,]+) entries of mere progress", asked.get("/audit", headers=PAGE).text)
    assert hidden == ["240"], "four behind each of sixty, on the page itself"


def some(place: int) -> list[Entry]:
    """A person's deed, and what an agent reports meanwhile."""
    deed = Entry(action="tasks.create", actor_kind="person", actor_id="usr_1", subject_id=f"task_{place}")
    return [deed, *(Entry(action="events.create", actor_kind="agent", actor_id="agt_1") for _ in range(4))]


def test_the_actor_is_chosen_by_kind_or_by_name(asked: FlaskClient) -> None:
    agent = asked.post("/v1/agents", json={"name": "Ada", "worktree": "/w"}).json["id"]  # type: ignore[index]
    made = asked.post("/v1/tokens", json={"name": "ci", "role": "viewer"}).json["id"]  # type: ignore[index]
    person = asked.post("/v1/people", json={"email": "kim@example.org", "name": "Kim", "role": "viewer"}).json["id"]  # type: ignore[index]

    page = asked.get(f"/audit?actor={person}", headers=PAGE).text
    for value, text in ((agent, "Ada"), (made, "ci"), ("console", "Somebody at the console"), ("agent", "Any agent")):
        assert re.search(rf'<option value="{value}">{text}', page), text
    assert f'<option value="{person}" selected>Kim</option>' in page
    assert (
        '<option value="agt_gone" selected>agt_gone</option>' in asked.get("/audit?actor=agt_gone", headers=PAGE).text
    )


@pytest.mark.slow
def test_a_deed_behind_a_hundred_thousand_reports_is_found_without_reading_them(asked: FlaskClient) -> None:
    add(action="people.create", actor_kind="person", actor_id="usr_1", subject_name="Kim")
    for _ in range(100):
        write(lambda tx: tx.entries.extend(Entry(action="events.create", actor_kind="agent") for _ in range(1000)))

    page = asked.get("/audit", headers=PAGE).text
    assert 'id="entry-1"' in page
    assert "100,000 entries of mere progress" in page
    by = asked.get("/audit?actor=usr_1", headers=PAGE).text
    assert 'id="entry-1"' in by
