"""Tasks as CSV and JSON Lines: whole, filtered, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import httpx
import pytest

from fleet.web.http.exports import cell
from tests.support.api import JSON, good, unique

TASKS = ("/tasks.{}", "/v1/tasks?format={}")


def add(api: httpx.Client, **more: object) -> JSON:
    """A new task."""
    made: JSON = good(api.post("/v1/tasks", json={"title": unique("task"), "description": "d"} | more))
    return made


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    """A CSV's rows by column."""
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize("path", TASKS)
def test_csv_has_a_row_for_each_task(api: httpx.Client, path: str) -> None:
    task = add(api, labels=["bug", "docs"], priority="high")

    answer = api.get(path.format("csv"))

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tasks.csv"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    found = {row["id"]: row for row in rows(answer)}
    assert found[task["id"]]["title"] == task["title"]
    assert found[task["id"]]["labels"] == "bug, docs"
    assert found[task["id"]]["number"] == str(task["number"])
    assert found[task["id"]]["created_at"] == task["created_at"]


@pytest.mark.parametrize("path", TASKS)
def test_json_lines_hold_what_the_api_says(api: httpx.Client, path: str) -> None:
    task = add(api, title="Zeile\nzwei – “quoted” ☃")

    answer = api.get(path.format("jsonl"))

    assert answer.headers["Content-Disposition"] == 'attachment; filename="tasks.jsonl"'
    lines = [json.loads(line) for line in answer.text.split("\n") if line]
    assert api.get(f"/v1/tasks/{task['id']}").json() in lines


@pytest.mark.parametrize("begin", list("=+-@\t\r\n\v＝＋－＠"))
def test_no_cell_is_taken_for_a_formula(api: httpx.Client, begin: str) -> None:
    text = f"{begin}cmd|' /C calc'!A0"
    task = add(api, description=text, labels=[f"{begin}x"])

    found = {row["id"]: row for row in rows(api.get("/tasks.csv"))}

    assert found[task["id"]]["description"].startswith(f"'{begin}")
    assert found[task["id"]]["labels"].startswith(f"'{begin}")


def test_the_filters_of_the_page_hold_for_the_file(api: httpx.Client) -> None:
    label = unique("label")
    wanted = add(api, labels=[label], priority="urgent")
    add(api, labels=[label], priority="low")
    add(api, priority="urgent")

    found = rows(api.get("/tasks.csv", params={"labels": label, "least": "high", "view": "board"}))

    assert [row["id"] for row in found] == [wanted["id"]]


def test_a_file_has_more_rows_than_are_read_at_once(api: httpx.Client) -> None:
    label = unique("many")
    made = [add(api, labels=[label])["number"] for _ in range(1003)]

    found = [int(row["number"]) for row in rows(api.get("/tasks.csv", params={"labels": label}))]

    assert found == sorted(made, reverse=True)


def test_an_empty_file_has_its_head_line(api: httpx.Client) -> None:
    answer = api.get("/tasks.csv", params={"q": unique("nothing")})

    assert rows(answer) == []
    assert answer.text.startswith("number,title,status")
    assert api.get("/tasks.jsonl", params={"q": unique("nothing")}).text == ""


def test_nobody_gets_a_file_without_signing_in(server: object, api: httpx.Client) -> None:  # noqa: ARG001
    answer = httpx.get(f"{api.base_url}/tasks.csv", headers={"Accept": "text/csv"})

    assert answer.status_code in (303, 401)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (7, "7"),
        (-7, "-7"),
        ("-7", "'-7"),
        ([], ""),
        (["a", "b"], "a, b"),
        ({"a": 1}, '{"a":1}'),
        (datetime(2026, 11, 22, 14, 33, tzinfo=UTC), "2026-11-22T14:33:00Z"),
    ],
)
def test_each_kind_of_value_has_its_form(value: object, text: str) -> None:
    assert cell(value) == text
