"""The activity of all agents: its page, its filters, its files."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.support.api import JSON, make_agent, post_event, refused, unique
from tests.support.serving import Served, served
from tests.support.tokens import client

FRAGMENT = {"HX-Request": "true"}
PROGRAM = {"Accept": "application/json"}


def lines(api: httpx.Client, query: str = "") -> list[str]:
    """The ids of the lines on the page, in order."""
    answer = api.get(f"/activity{query}", headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text[:300]
    return re.findall(r'id="event-(evt_\w+)"', answer.text)


def table(api: httpx.Client, query: str = "") -> list[dict[str, str]]:
    """The rows of the CSV file."""
    return list(csv.DictReader(io.StringIO(api.get(f"/activity.csv{query}").text, newline="")))


def test_lines_of_all_agents_stand_newest_first(api: httpx.Client, agent: JSON) -> None:
    other = make_agent(api)
    made = [post_event(api, who["id"])["id"] for who in (agent, other, agent)]

    assert lines(api)[:3] == made[::-1]


def test_agent_type_and_words_narrow_it_together(api: httpx.Client, agent: JSON) -> None:
    other, word = make_agent(api), unique("Word")
    wanted = post_event(api, agent["id"], type="commit", message=f"a {word.lower()} here")["id"]
    post_event(api, agent["id"], type="commit")
    post_event(api, agent["id"], type="edit", message=word)
    post_event(api, other["id"], type="commit", message=word)

    assert lines(api, f"?agent={agent['id']}&type=commit&q={word}+here") == [wanted]


def test_words_may_be_the_agents_name(api: httpx.Client) -> None:
    agent = make_agent(api, name=unique("Peculiar"))
    made = post_event(api, agent["id"])["id"]

    assert lines(api, f"?q={agent['name']}") == [made]


def test_wildcards_are_only_characters(api: httpx.Client, agent: JSON) -> None:
    made = post_event(api, agent["id"], message="100%_sure")["id"]
    post_event(api, agent["id"], message="100 is sure")

    assert lines(api, f"?agent={agent['id']}&q=100%25_") == [made]


def ages(server: Served, *moments: tuple[str, str]) -> None:
    """Let lines have been logged at other times; numbers rise with them."""
    with closing(sqlite3.connect(server.database, timeout=20)) as connection, connection:
        for line, moment in moments:
            connection.execute("UPDATE events SET timestamp = ? WHERE id = ?", (moment, line))


def test_from_and_to_narrow_it_by_whole_days_or_moments(tmp_path: Path) -> None:
    with served(tmp_path) as server, client(server, server.token) as api:
        agent = make_agent(api)["id"]
        first, second, third = (post_event(api, agent)["id"] for _ in range(3))
        post_event(api, make_agent(api)["id"])
        days = ("2026-01-05", "2026-01-06", "2026-01-07")
        ages(
            server, *((line, f"{day} 12:00:00.000000") for line, day in zip((first, second, third), days, strict=True))
        )

        for query, wanted in {
            "until=2026-01-06": [second, first],
            "since=2026-01-06&until=2026-01-07": [third, second],
            "since=2026-01-06&until=2026-01-06": [second],
            "since=2026-01-06T13:00:00Z&until=2026-01-31": [third],
            f"until=2026-01-06&agent={agent}&type=info&q=line": [second, first],
            "until=2026-01-04": [],
            "since=2099-01-01": [],
        }.items():
            assert lines(api, f"?{query}") == wanted, query
            assert [row["id"] for row in table(api, f"?{query}")] == wanted, query
            assert [row["id"] for row in api.get(f"/activity?{query}", headers=PROGRAM).json()["events"]] == wanted, (
                query
            )
        page = api.get("/activity?until=2026-01-06", headers={"Accept": "text/html"}).text
        assert 'name="until" value="2026-01-06"' in page
        assert "/activity.csv?until=2026-01-06" in page


@pytest.mark.parametrize("path", ["/activity", "/activity.csv", "/activity.jsonl"])
@pytest.mark.parametrize("query", ["since=yesterday", "until=2026-13-01"])
def test_a_program_is_told_of_a_time_that_is_none_and_a_page_passes_it_over(
    api: httpx.Client, path: str, query: str
) -> None:
    name = query.partition("=")[0]
    error = refused(api.get(f"{path}?{query}", headers=PROGRAM), 400, f"INVALID_{name.upper()}")
    assert error["details"] == {"field": name}
    assert api.get(f"/activity?{query}", headers={"Accept": "text/html"}).status_code == 200


def marks(api: httpx.Client, agent_id: str) -> dict[str, tuple[str, str]]:
    """Each line's icon and the words for it, by the line's id."""
    text = api.get(f"/activity?agent={agent_id}", headers={"Accept": "text/html"}).text
    found = re.findall(r'id="event-(evt_\w+)".*?class="event-mark" title="([^"]*)">(.*?)<a ', text, re.DOTALL)
    return {each: (re.findall(r"#([\w-]+)", mark)[0], words) for each, words, mark in found}


def test_a_commit_is_marked_unlike_an_edit_and_what_passed_unlike_what_failed(api: httpx.Client, agent: JSON) -> None:
    made = {
        name: post_event(api, agent["id"], type=kind, message=message)["id"]
        for name, kind, message in (
            ("commit", "commit", "Cover expired tokens"),
            ("edit", "edit", "Edited store.py"),
            ("good", "test", "Ran pytest: 44 passed"),
            ("bad", "test", "Ran pytest: 1 failed"),
            ("run", "test", "Running pytest"),
        )
    }
    found = marks(api, agent["id"])
    by = {name: found[line] for name, line in made.items()}

    assert len({icon for icon, _ in by.values()}) == 5, by
    assert (by["good"][1], by["bad"][1], by["run"][1]) == ("test, passed", "test, failed", "test")
    page = api.get(f"/agents/{agent['id']}/activity", headers={"Accept": "text/html"}).text
    assert "test, failed: " in page, "an agent's own page tells it, too"


def test_older_lines_follow_without_gap_or_repeat(api: httpx.Client, agent: JSON) -> None:
    made = [post_event(api, agent["id"])["id"] for _ in range(130)]
    query, seen = f"agent={agent['id']}", []
    address: str | None = f"/activity?{query}"
    while address:
        text = api.get(address, headers=FRAGMENT).text
        seen += re.findall(r'id="event-(evt_\w+)"', text)
        more = re.search(r'href="([^"]*before=\d+)"', text)
        address = more.group(1).replace("&amp;", "&") if more else None

    assert seen == made[::-1]


@pytest.mark.parametrize("before", ["x", "-1", "1" * 30])
def test_a_place_that_is_none_is_refused(api: httpx.Client, before: str) -> None:
    assert api.get(f"/activity?before={before}").status_code == 400


@pytest.mark.parametrize("query", ["?agent=nobody", "?type=%3Cb%3E", "?q=%00%F0%9F%A6%8A", "?nonsense=1"])
def test_any_filter_is_a_page(api: httpx.Client, query: str) -> None:
    assert api.get(f"/activity{query}", headers={"Accept": "text/html"}).status_code == 200


def test_the_file_has_what_the_page_asks_for(api: httpx.Client, agent: JSON) -> None:
    made = post_event(api, agent["id"], type="commit", message='ü, "quoted"\nand more', metadata={"sha": "1f"})
    post_event(api, agent["id"], type="edit")

    [row] = table(api, f"?agent={agent['id']}&type=commit")

    assert (row["id"], row["agent"], row["type"]) == (made["id"], agent["name"], "commit")
    assert (row["message"], json.loads(row["metadata"])) == (made["message"], {"sha": "1f"})
    assert row["timestamp"] == made["timestamp"]


def test_the_file_is_an_attachment_of_any_length(api: httpx.Client, agent: JSON) -> None:
    for _ in range(70):
        post_event(api, agent["id"])

    answer = api.get(f"/activity.jsonl?agent={agent['id']}")

    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert len([json.loads(line) for line in answer.text.splitlines()]) == 70


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\n=1", "\v=1", "＝1+1", "＋1", "－1", "＠x"])
def test_no_cell_is_a_formula(api: httpx.Client, agent: JSON, text: str) -> None:
    post_event(api, agent["id"], message=text, type=text)
    renamed = make_agent(api, name=text)
    post_event(api, renamed["id"])

    rows = table(api, f"?agent={agent['id']}") + table(api, f"?agent={renamed['id']}")

    assert rows[0]["message"] == f"'{text}"
    assert not [cell for row in rows for cell in row.values() if cell.startswith(tuple("=+-@\t\r\n\v＝＋－＠"))]


def test_what_agents_write_stays_text(api: httpx.Client, agent: JSON) -> None:
    post_event(api, agent["id"], type="<i>", message="<script>alert(1)</script>{{7*7}}")

    text = api.get(f"/activity?agent={agent['id']}", headers={"Accept": "text/html"}).text

    assert "<script>alert" not in text
    assert "<i>" not in text
    assert "{{7*7}}" in text
