"""One error shape for programs, one page for people."""

from __future__ import annotations

import httpx
import pytest

from fleet.web.pages import error_words, errors
from tests.support.api import JSON, make_todo, refused, send_command
from tests.support.serving import Served

UNKNOWN = {
    "AGENT_NOT_FOUND": [
        ("GET", "/v1/agents/nope"),
        ("PATCH", "/v1/agents/nope"),
        ("DELETE", "/v1/agents/nope"),
        ("GET", "/v1/agents/nope/todos"),
        ("POST", "/v1/agents/nope/todos"),
        ("PATCH", "/v1/agents/nope/todos/{todo}"),
        ("DELETE", "/v1/agents/nope/todos/{todo}"),
        ("GET", "/v1/agents/nope/commands"),
        ("POST", "/v1/agents/nope/commands"),
        ("GET", "/v1/agents/nope/commands?wait=1"),
        ("GET", "/v1/agents/nope/commands/{command}"),
        ("PATCH", "/v1/agents/nope/commands/{command}"),
        ("DELETE", "/v1/agents/nope/commands/{command}"),
        ("GET", "/v1/agents/nope/events"),
        ("POST", "/v1/agents/nope/events"),
        ("POST", "/v1/agents/nope/answer"),
        ("POST", "/v1/agents/nope/dismissal"),
        ("POST", "/v1/tasks/claim"),
    ],
    "TODO_NOT_FOUND": [
        ("PATCH", "/v1/agents/{agent}/todos/nope"),
        ("DELETE", "/v1/agents/{agent}/todos/nope"),
    ],
    "COMMAND_NOT_FOUND": [
        ("GET", "/v1/agents/{agent}/commands/nope"),
        ("PATCH", "/v1/agents/{agent}/commands/nope"),
        ("DELETE", "/v1/agents/{agent}/commands/nope"),
    ],
    "TASK_NOT_FOUND": [
        ("GET", "/v1/tasks/nope"),
        ("PATCH", "/v1/tasks/nope"),
        ("DELETE", "/v1/tasks/nope"),
        ("GET", "/v1/tasks/nope/claims"),
        ("POST", "/v1/tasks/nope/claim"),
        ("PATCH", "/v1/tasks/nope/claim"),
        ("DELETE", "/v1/tasks/nope/claim"),
        ("POST", "/v1/tasks/nope/completion"),
        ("POST", "/v1/tasks/nope/failure"),
    ],
}
# A good body for each route that looks at the body before the id.
BODIES: dict[str, JSON] = {
    "todos": {"text": "t"},
    "commands": {"content": "c"},
    "events": {"type": "info", "message": "m"},
    "answer": {"content": "c"},
    "completion": {"fence": 1},
    "failure": {"fence": 1},
}


def body(method: str, path: str, agent: str) -> JSON | None:
    if path.endswith("/claim"):
        who = agent if "nope" in path else "nope"
        return {"PATCH": {"fence": 1}, "POST": {"agent_id": who}}.get(method)
    return {"POST": BODIES.get(path.rpartition("/")[2], {}), "PATCH": {}}.get(method)


@pytest.mark.parametrize(("code", "method", "path"), [(c, *call) for c, calls in UNKNOWN.items() for call in calls])
def test_what_is_not_there_is_named(api: httpx.Client, agent: JSON, code: str, method: str, path: str) -> None:
    ids = {"agent": agent["id"], "todo": "nope", "command": "nope"}
    if "{todo}" in path:
        ids["todo"] = make_todo(api, agent["id"])["id"]
    if "{command}" in path:
        ids["command"] = send_command(api, agent["id"])["id"]

    error = refused(api.request(method, path.format(**ids), json=body(method, path, agent["id"])), 404, code)

    assert error["message"] == f"{code.split('_', maxsplit=1)[0].capitalize()} not found"


@pytest.mark.parametrize(
    "identifier",
    [
        "%00",
        "%ff%fe",
        "..%2f..%2fetc%2fpasswd",
        "'%20OR%201=1--",
        "x" * 3000,
        "%F0%9F%9A%80",
        "{{7*7}}",
        "%ED%A0%80",
    ],
)
@pytest.mark.parametrize("noun", ["agents", "tasks"])
def test_no_identifier_breaks_anything(api: httpx.Client, noun: str, identifier: str) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        refused(api.request(method, f"/v1/{noun}/{identifier}"), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/agents", {"GET", "POST"}),
        ("DELETE", "/v1/agents", {"GET", "POST"}),
        ("POST", "/v1/agents/nope", {"GET", "PATCH", "DELETE"}),
        ("PUT", "/v1/tasks/nope", {"GET", "PATCH", "DELETE"}),
        ("POST", "/v1/stream", {"GET"}),
        ("POST", "/v1/fleet/status", {"GET"}),
        ("GET", "/v1/agents/nope/answer", {"POST"}),
        ("PUT", "/v1/tasks/nope/claim", {"POST", "PATCH", "DELETE"}),
        ("BREW", "/v1/agents", {"GET", "POST"}),
    ],
)
def test_a_method_that_is_not_there_is_answered_with_those_that_are(
    api: httpx.Client, method: str, path: str, allowed: set[str]
) -> None:
    answer = api.request(method, path)

    refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert allowed <= {word.strip() for word in answer.headers["Allow"].split(",")}


def test_no_route_is_a_json_error_for_programs_and_a_page_for_people(api: httpx.Client) -> None:
    refused(api.get("/v1/nope"), 404, "NOT_FOUND")
    refused(api.get("/nope", headers={"Accept": "application/json"}), 404, "NOT_FOUND")

    page = api.get("/nope", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert page.headers["X-Request-Id"] in page.text


def test_head_is_get_without_a_body(api: httpx.Client, agent: JSON) -> None:
    for path in ("/v1/agents", f"/v1/agents/{agent['id']}", "/", "/health", "/v1/stream"):
        answer = api.head(path)
        assert (answer.status_code, answer.content) == (200, b""), path


def test_options_tells_the_methods_and_nothing_more(api: httpx.Client) -> None:
    answer = api.options("/v1/agents")

    assert (answer.status_code, answer.content) == (200, b"")
    assert {"GET", "POST"} <= {word.strip() for word in answer.headers["Allow"].split(",")}


def test_a_person_without_a_session_is_sent_to_the_login_page(server: Served) -> None:
    answer = httpx.get(f"{server.url}/agents?q=x", headers={"Accept": "text/html"})

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login?next=%2Fagents%3Fq%3Dx"


LIBRARIES = ("requested URL", "the server", "spelling", "browser (or proxy)", "Unsupported Media", "media type")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nope", 404),
        ("GET", "/agents/nope", 404),
        ("GET", "/tasks/nope", 404),
        ("GET", "/stops/nope", 404),
        ("GET", "/people/nope", 404),
        ("GET", "/static/nope.css", 404),
        ("PUT", "/agents", 405),
        ("GET", "/agents/nope/answer", 405),
    ],
)
def test_a_page_of_an_error_speaks_our_words(api: httpx.Client, method: str, path: str, status: int) -> None:
    for wanted in ("text/html", "application/json"):
        answer = api.request(method, path, headers={"Accept": wanted})
        assert answer.status_code == status
        assert not [words for words in LIBRARIES if words in answer.text]
    page = api.request(method, path, headers={"Accept": "text/html"}).text
    assert error_words.HEADINGS[status] in page


def test_a_page_that_is_not_there_leads_to_the_list_of_its_kind(api: httpx.Client) -> None:
    page = api.get("/agents/nope", headers={"Accept": "text/html"}).text
    assert "Fleet knows no such agent." in page
    assert 'href="/agents">All agents' in page
    assert "Agent not found" not in page
    assert refused(api.get("/v1/agents/nope"), 404)["message"] == "Agent not found"


def test_a_method_that_is_not_there_is_named(api: httpx.Client) -> None:
    message = refused(api.put("/v1/agents"), 405)["message"]
    assert message.startswith("This address does not answer PUT; it answers ")
    assert "POST" in message


def test_every_status_has_words_for_people() -> None:
    statuses = {*errors.STATUS.values(), *errors.CODES, 500, 507}
    assert statuses <= set(error_words.HEADINGS)
