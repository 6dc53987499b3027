"""`If-Match`: nobody overwrites what he has not seen (RFC 9110, 13.1.1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.api import JSON, beat, good, make_agent, make_task, make_todo, read, refused, unique


def paths(api: httpx.Client) -> dict[str, tuple[str, str]]:
    """A path and a text field of each noun that has editions."""
    return {
        "agent": (f"/v1/agents/{make_agent(api)['id']}", "name"),
        "task": (f"/v1/tasks/{make_task(api)['id']}", "title"),
    }


def tag(api: httpx.Client, path: str) -> str:
    found: str = api.get(path).headers["ETag"]
    assert found.startswith('"')
    assert found.endswith('"')
    return found


def edit(api: httpx.Client, path: str, if_match: str, **changes: object) -> httpx.Response:
    return api.patch(path, json=changes, headers={"If-Match": if_match})


@pytest.mark.parametrize("noun", ["agent", "task"])
def test_an_edit_of_the_edition_that_was_read_is_saved(api: httpx.Client, noun: str) -> None:
    path, field = paths(api)[noun]
    first = tag(api, path)

    answer = edit(api, path, first, **{field: "new"})

    assert good(answer)[field] == "new"
    assert answer.headers["ETag"] == tag(api, path) != first


@pytest.mark.parametrize("noun", ["agent", "task"])
def test_an_edit_of_an_older_edition_is_refused_and_changes_nothing(api: httpx.Client, noun: str) -> None:
    path, field = paths(api)[noun]
    old = tag(api, path)
    good(edit(api, path, old, **{field: "first"}))
    before = read(api, path)

    error = refused(edit(api, path, old, **{field: "second"}), 412, "STALE_EDITION")

    assert error["details"]["current"] == tag(api, path)
    assert read(api, path) == before


@pytest.mark.parametrize("header", ['"999"', "nonsense", '""', 'W/"1"', '"999", "998"'])
def test_what_names_no_edition_of_ours_is_refused(api: httpx.Client, header: str) -> None:
    path, field = paths(api)["agent"]

    refused(edit(api, path, header, **{field: "new"}), 412, "STALE_EDITION")


@pytest.mark.parametrize("header", ["*", '"999" , {tag}'])
def test_any_edition_and_a_list_with_the_right_one_are_taken(api: httpx.Client, header: str) -> None:
    path, field = paths(api)["agent"]

    good(edit(api, path, header.replace("{tag}", tag(api, path)), **{field: "new"}))


def test_a_todo_of_another_edition_is_not_changed(api: httpx.Client, agent: JSON) -> None:
    todo = make_todo(api, agent["id"], text="as it was")
    path = f"/v1/agents/{agent['id']}/todos/{todo['id']}"
    good(edit(api, path, '"1"', completed=True))

    refused(edit(api, path, '"1"', text="lost"), 412, "STALE_EDITION")
    assert read(api, f"/v1/agents/{agent['id']}/todos")["todos"][0]["text"] == "as it was"


def test_of_ten_edits_of_one_edition_one_is_saved(api: httpx.Client) -> None:
    path, field = paths(api)["task"]
    seen = tag(api, path)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda n: edit(api, path, seen, **{field: f"edit {n}"}), range(10)))

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 9
    (saved,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert read(api, path) == saved


def test_beats_of_a_live_agent_do_not_spoil_an_edit(api: httpx.Client) -> None:
    who = {"hostname": unique("host"), "machine_address": "a", "repo_path": "/srv"}
    path = f"/v1/agents/{good(beat(api, **who))['id']}"
    seen = tag(api, path)
    good(beat(api, **who, progress=50))

    assert good(edit(api, path, seen, name="Mine"))["progress"] == 50


def test_an_edit_that_names_the_edition_may_replace_an_assignee(api: httpx.Client, agent: JSON) -> None:
    task = make_task(api, assigned_agent_id=agent["id"])
    path, other = f"/v1/tasks/{task['id']}", make_agent(api)

    assert good(edit(api, path, tag(api, path), assigned_agent_id=other["id"]))["assigned_agent_id"] == other["id"]
