"""Forms about agents, sent as a browser without JavaScript sends them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, make_todo, read, send_command
from tests.support.serving import Served
from tests.support.tokens import browser, make_token


@pytest.fixture(scope="module")
def signed_in(server: Served) -> Iterator[httpx.Client]:
    """An administrator's browser."""
    with browser(server, server.token) as client:
        yield client


def test_a_plain_form_is_followed_by_a_redirect_to_what_it_made(api: httpx.Client, signed_in: httpx.Client) -> None:
    answer = signed_in.post("/agents", data={"name": "By hand", "worktree": "/srv/hand"})

    assert answer.status_code == 303
    made = read(api, "/v1" + answer.headers["Location"])
    assert (made["name"], made["worktree"]) == ("By hand", "/srv/hand")


def test_a_form_with_a_fault_is_shown_again_with_what_was_typed(signed_in: httpx.Client) -> None:
    answer = signed_in.post("/agents", data={"name": "", "worktree": "/srv/typed-by-hand"})

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Agent name is required" in answer.text
    assert "/srv/typed-by-hand" in answer.text


@pytest.mark.parametrize(
    ("path", "fields", "typed"),
    [
        ("/commands", {"type": "feedback", "content": "typed & kept", "expires_in": "0"}, "typed &amp; kept"),
        ("/todos", {"text": "typed & kept", "order": "first"}, "typed &amp; kept"),
        ("/answer", {"content": "typed & kept", "question": "Another?"}, "typed &amp; kept"),
    ],
)
def test_each_form_of_an_agents_page_is_shown_again(
    api: httpx.Client, signed_in: httpx.Client, path: str, fields: dict[str, str], typed: str
) -> None:
    agent = make_agent(api, status="waiting_feedback", pending_question="Which?")

    answer = signed_in.post(f"/agents/{agent['id']}{path}", data=fields)

    assert answer.status_code in (400, 409)
    assert agent["name"] in answer.text
    assert typed in answer.text


def test_an_answer_that_comes_too_late_is_said_and_not_lost(api: httpx.Client, signed_in: httpx.Client) -> None:
    agent = make_agent(api, status="active")

    answer = signed_in.post(f"/agents/{agent['id']}/answer", data={"content": "typed & kept"})

    assert answer.status_code == 409
    assert "not waiting for an answer any more" in answer.text
    assert "typed &amp; kept" in answer.text


def test_a_page_can_rename_its_agent_by_method(api: httpx.Client, signed_in: httpx.Client, agent: JSON) -> None:
    answer = signed_in.post(f"/agents/{agent['id']}", data={"_method": "PATCH", "name": "Renamed"})

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/agents/{agent['id']}/details")
    assert read(api, f"/v1/agents/{agent['id']}")["name"] == "Renamed"


def test_a_page_deletes_an_agent_only_after_its_name_was_typed(
    api: httpx.Client, signed_in: httpx.Client, agent: JSON
) -> None:
    path = f"/agents/{agent['id']}"

    wrong = signed_in.post(path, data={"_method": "DELETE", "confirm": "another"})
    assert (wrong.status_code, "another" in wrong.text) == (400, True)
    assert api.get(f"/v1{path}").status_code == 200

    assert signed_in.post(path, data={"_method": "DELETE", "confirm": agent["name"]}).status_code == 303
    assert api.get(f"/v1{path}").status_code == 404


def test_todos_are_ticked_and_deleted_by_forms(api: httpx.Client, signed_in: httpx.Client, agent: JSON) -> None:
    todo = make_todo(api, agent["id"])
    path = f"/agents/{agent['id']}/todos/{todo['id']}"

    assert signed_in.post(path, data={"_method": "PATCH", "completed": "true"}).status_code == 303
    assert read(api, f"/v1/agents/{agent['id']}/todos")["todos"][0]["completed"] is True
    assert signed_in.post(path, data={"_method": "DELETE"}).status_code == 303
    assert read(api, f"/v1/agents/{agent['id']}/todos")["todos"] == []


def test_an_answer_from_a_page_reaches_the_agent_as_feedback(api: httpx.Client, signed_in: httpx.Client) -> None:
    agent = make_agent(api, status="waiting_feedback", pending_question="Which\nDB?")
    form = {"content": "SQLite\r\nof course", "question": "Which\r\nDB?"}

    assert signed_in.post(f"/agents/{agent['id']}/answer", data=form).status_code == 303

    (command,) = read(api, f"/v1/agents/{agent['id']}/commands")["commands"]
    assert (command["type"], command["answers"]) == ("feedback", "Which\nDB?")
    assert command["content"] == "SQLite\nof course"


def test_a_viewers_page_has_no_form_that_changes_anything(server: Served, api: httpx.Client) -> None:
    agent = make_agent(api, status="waiting_feedback", pending_question="Which DB?")
    make_todo(api, agent["id"])
    send_command(api, agent["id"])
    with browser(server, make_token(server, "viewer").secret) as viewer:
        for path in ("/", "/agents", "/agents/new", *(f"/agents/{agent['id']}{tab}" for tab in tabs())):
            page = good_page(viewer.get(path))
            forms = {part.split('action="')[1].split('"')[0] for part in page.split("<form")[1:] if posts(part)}
            assert forms <= {"/logout"}, path


def test_what_agents_say_is_shown_as_text(api: httpx.Client, signed_in: httpx.Client) -> None:
    nasty = "<script>alert(1)</script>{{7*7}}"
    agent = make_agent(api, name=nasty, status="waiting_feedback", pending_question=nasty, current_task=nasty)
    good(api.post(f"/v1/agents/{agent['id']}/events", json={"type": "info", "message": nasty}))

    for path in ("/", "/agents", *(f"/agents/{agent['id']}{tab}" for tab in tabs())):
        page = good_page(signed_in.get(path))
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in page


def tabs() -> tuple[str, ...]:
    return ("", "/activity", "/commands", "/details")


def posts(form: str) -> bool:
    return 'method="post"' in form.split(">", maxsplit=1)[0].lower()


def good_page(answer: httpx.Response) -> str:
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return answer.text
