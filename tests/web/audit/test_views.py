"""The audit as a page, as JSON and as a file: for administrators, filtered by the URL, verified on demand."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from fleet.db import db, write
from fleet.models import token
from fleet.models.audit import Entry
from fleet.models.audit.listed import READ_THROUGH
from fleet.models.audit.record import HEAD
from tests.support.application import NOON, Clock, application, rows
from tests.support.audit_entries import PAGE, add, seqs
from tests.support.serving import served
from tests.support.tokens import client

DAY = 86400
PATHS = (
    "/audit",
    "/v1/audit",
    "/audit.csv",
    "/audit.jsonl",
    "/v1/audit.jsonl",
    "/v1/audit/verifications/latest",
)


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_it_is_for_administrators_only(app: Flask, role: str) -> None:
    secret = write(lambda tx: token.create(tx, "token", role, role)).secret
    bearer = {"Authorization": f"Bearer {secret}"}
    other = app.test_client()

    for path in PATHS:
        assert other.get(path, headers=bearer).status_code == 403, path
    assert other.post("/v1/audit/verifications", headers=bearer).status_code == 403
    page = other.get("/agents", headers=bearer | PAGE).text
    assert 'href="/audit' not in page, "nor does the rail lead there"


def test_a_list_is_newest_first_and_goes_on_from_where_it_ended(asked: FlaskClient) -> None:
    for _ in range(7):
        add()

    first = asked.get("/v1/audit?limit=3").json
    assert [entry["seq"] for entry in first["entries"]] == [7, 6, 5]  # type: ignore[index]
    assert first["before"] == 5  # type: ignore[index]
    assert seqs(asked, "limit=3") == [7, 6, 5, 4, 3, 2, 1]


def test_filters_find_what_they_say_alone_and_together(asked: FlaskClient, clock: Clock) -> None:
    add(actor_id="tok_9", person_id="usr_1", subject_id="agt_1", noun="agent", subject_name="Ada")
    add(actor_kind="person", actor_id="usr_1", action="tasks.delete", subject_id="task_1", part_id=None)
    clock.pass_by(DAY)
    add(subject_id="agt_1", part_id="todo_1", fields=("text",), address="10.0.0.7")
    clock.pass_by(DAY)
    add(result="FORBIDDEN", actor_kind="nobody", actor_id=None, repeated=5)

    assert seqs(asked, "actor=usr_1") == [2, 1], "a person's tokens act for them"
    assert seqs(asked, "actor=nobody") == [4]
    assert seqs(asked, "action=tasks.delete") == [2]
    assert seqs(asked, "subject=agt_1") == [3, 1]
    assert seqs(asked, "subject=todo_1") == [3]
    assert seqs(asked, "result=refused") == [4]
    assert seqs(asked, "q=ada") == [1]
    assert seqs(asked, "q=10.0.0.7+text") == [3]
    assert seqs(asked, "q=100%25") == []
    assert seqs(asked, "since=2026-11-23") == [4, 3]
    assert seqs(asked, "until=2026-11-22") == [2, 1], "a day counts whole"
    assert seqs(asked, "since=2026-11-23T12:00:00Z&until=2026-11-23T12:00:01Z") == [3]
    assert seqs(asked, "subject=agt_1&since=2026-11-23&q=text") == [3]
    assert seqs(asked, "subject=agt_1&result=refused") == []


def test_who_looks_for_the_words_of_the_page_finds_the_entry(asked: FlaskClient) -> None:
    add(action="pauses.create", subject_name="Ada")
    add(action="pauses.delete", subject_name="Ada")
    add(action="stops.create")
    add(action="people.show", result="FORBIDDEN")

    assert seqs(asked, "q=paused") == [3, 1], "the fleet may be what was paused"
    assert seqs(asked, "q=Resumed+ada") == [2]
    assert seqs(asked, "q=reading+account") == [4]


@pytest.mark.parametrize("query", ["since=yesterday", "until=2026-13-01", "result=good", "limit=0", "before=x"])
def test_a_program_is_told_of_a_filter_that_cannot_be(asked: FlaskClient, query: str) -> None:
    answer = asked.get(f"/v1/audit?{query}")

    assert answer.status_code == 400
    assert answer.json["error"]["details"]["field"] == query.partition("=")[0]  # type: ignore[index]


def test_a_search_looks_through_a_bounded_number_at_a_time(asked: FlaskClient) -> None:
    add(subject_name="needle")
    entries = [Entry(action="agents.edit", actor_kind="token") for _ in range(READ_THROUGH + 10)]
    for place in range(0, len(entries), 1000):
        write(lambda tx, place=place: tx.entries.extend(entries[place : place + 1000]))

    first = asked.get("/v1/audit?q=needle").json
    assert first["entries"] == []  # type: ignore[index]
    assert first["before"] is not None  # type: ignore[index]
    assert seqs(asked, "q=needle") == [1]


def test_no_filter_reads_the_whole_table_at_once(asked: FlaskClient) -> None:
    """Each list comes by number or by an index; nothing is sorted."""
    plans: list[str] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def explain(connection: Any, _: Any, statement: str, parameters: Any, *__: Any) -> None:
        if statement.startswith("SELECT audit.seq"):
            raw = connection.connection.dbapi_connection
            plans.extend(row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    for query in ("", "subject=agt_1", "result=refused", "q=x", "actor=tok_1", "since=2026-11-01"):
        asked.get(f"/v1/audit?{query}")
    assert [plan for plan in plans if "ix_audit_deeds" in plan] == []
    asked.get("/audit", headers=PAGE)
    asked.get("/audit?actor=tok_1", headers=PAGE)

    assert len(plans) >= 8
    assert [plan for plan in plans if plan.startswith("SCAN") or "TEMP B-TREE" in plan] == []
    assert any("ix_audit_refused" in plan for plan in plans)
    assert len([plan for plan in plans if "ix_audit_deeds" in plan]) >= 2, "what is hidden is passed over unread"


def test_the_export_can_be_checked_by_anybody_without_fleet(asked: FlaskClient) -> None:
    for number in range(5):
        add(subject_name=f"Zoë {number}", fields=("a", "b"), part_id='quo"te')
    begin = rows(HEAD.select())[0].floor_digest

    lines = asked.get("/audit.jsonl").text.splitlines()

    assert len(lines) == 5
    for line in reversed(lines):
        text, _, digest = line.removesuffix('"}').rpartition(',"digest":"')
        begin = hashlib.sha256(begin + f"{text}}}".encode()).digest()
        assert digest == begin.hex()


def test_the_export_has_the_filters_of_the_page_and_comes_in_pieces(asked: FlaskClient) -> None:
    for _ in range(3):
        write(lambda tx: tx.entries.extend(Entry(action="a.edit", actor_kind="token") for _ in range(400)))
    add(result="FORBIDDEN")

    answer = asked.get("/v1/audit.jsonl", buffered=False)
    pieces = list(answer.iter_encoded())
    assert len(pieces) > 2
    assert [json.loads(line)["seq"] for line in b"".join(pieces).splitlines()] == list(range(1201, 0, -1))
    assert "attachment" in answer.headers["Content-Disposition"]
    [head, line] = asked.get("/audit.csv?result=refused").text.splitlines()
    assert head.startswith("seq,at,action,actor_kind")
    assert line.startswith(f"1201,{NOON:%Y-%m-%dT%H:%M:%S}Z,agents.edit,token,tok_1")


def test_the_page_shows_entries_their_facts_and_the_chains_state(asked: FlaskClient) -> None:
    add(subject_id="agt_1", noun="agent", subject_name="<b>Ada</b>", fields=("tags",), address="10.0.0.7")
    add(result="FORBIDDEN", actor_kind="nobody", actor_id=None, repeated=37)

    page = asked.get("/audit", headers=PAGE).text

    assert 'changed agent <bdi class="strong">&lt;b&gt;Ada&lt;/b&gt;</bdi>' in page
    assert "10.0.0.7" in page
    assert "was refused:" in page
    assert "× 37" in page
    assert "Not verified" in page
    assert 'aria-current="page"' in page
    assert "Nothing matches" in asked.get("/audit?q=nothing", headers=PAGE).text
    assert asked.get("/audit?since=yesterday", headers=PAGE).status_code == 200, "a page takes an old link"


def test_verifying_says_what_was_found_as_json_and_as_part_of_the_page(asked: FlaskClient) -> None:
    add()
    assert asked.get("/v1/audit/verifications/latest").json == {"verification": None}

    made = asked.post("/v1/audit/verifications")
    assert made.status_code == 201
    assert made.json["state"] == "good"  # type: ignore[index]
    assert made.json["checked"] == 2, "that somebody looks is an entry"  # type: ignore[index]
    assert asked.get("/v1/audit/verifications/latest").json == {"verification": made.json}

    part = asked.post("/audit/verifications", headers=PAGE | {"HX-Request": "true", "Sec-Fetch-Site": "same-origin"})
    assert part.text.lstrip().startswith("<section")
    assert "3 entries are as they were written" in part.text
    plain = asked.post("/audit/verifications", headers=PAGE | {"Sec-Fetch-Site": "same-origin"})
    assert (plain.status_code, plain.headers["Location"]) == (303, "/audit")


def test_a_broken_chain_is_shown_with_the_entry_that_breaks_it(asked: FlaskClient, tmp_path: Path) -> None:
    for _ in range(4):
        add()
    with closing(sqlite3.connect(tmp_path / "fleet.db", isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER audit_never_changes")
        connection.execute("UPDATE audit SET actor_id = 'tok_2' WHERE seq = 3")

    answer = asked.post("/v1/audit/verifications").json
    assert answer["state"] == "broken"  # type: ignore[index]
    assert answer["problem"].startswith("Entry 3 is not what it was")  # type: ignore[index]
    page = asked.get("/audit", headers=PAGE).text
    assert "The audit does not hold" in page
    assert "Entry 3 is not what it was" in page


@pytest.mark.slow
def test_looking_at_a_hundred_thousand_entries_keeps_nobody_waiting(tmp_path: Path) -> None:
    with application(tmp_path):
        for _ in range(100):
            write(lambda tx: tx.entries.extend(Entry(action="a.edit", actor_kind="token") for _ in range(1000)))

    with served(tmp_path) as server, client(server, server.token) as api, client(server) as other:
        state = api.post("/v1/audit/verifications").json()
        answered = 0
        while state["state"] == "running":
            assert other.get("/health").status_code == 200
            answered += 1
            state = api.get("/v1/audit/verifications/latest").json()["verification"]

    assert (state["state"], state["checked"] > 100_000) == ("good", True)
    assert answered > 10, "others were answered while it looked"


def test_what_an_entry_speaks_of_may_be_gone(asked: FlaskClient, clock: Clock) -> None:
    agent = asked.post("/v1/agents", json={"name": "Ada", "worktree": "/w"}).json["id"]  # type: ignore[index]
    clock.pass_by(timedelta(days=100).total_seconds())
    assert asked.delete(f"/v1/agents/{agent}").status_code == 204

    found = asked.get(f"/v1/audit?subject={agent}").json["entries"]  # type: ignore[index]
    assert [(entry["action"], entry["subject_name"]) for entry in found] == [
        ("agents.delete", "Ada"),
        ("agents.create", "Ada"),
    ]
