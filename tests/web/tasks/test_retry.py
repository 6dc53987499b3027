"""A task that has ended is opened again in one step: other words, another agent, or the same one."""

from __future__ import annotations

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, make_task, read, refused, unique
from tests.support.serving import Served
from tests.support.tokens import Token, browser, client, make_tokens

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture(scope="module")
def tokens(server: Served) -> dict[str, Token]:
    """A viewer's and an operator's."""
    return dict(zip(("viewer", "operator"), make_tokens(server, [("viewer",), ("operator",)]), strict=True))


@pytest.fixture
def failed(api: httpx.Client) -> JSON:
    """A task that an agent had, and failed."""
    agent = make_agent(api, name=unique("Grace"))
    task = make_task(api, title="Build", assigned_agent_id=agent["id"])
    return good(api.patch(f"/v1/tasks/{task['id']}", json={"status": "failed", "failure_reason": "Too <b>vague"}))  # type: ignore[no-any-return]


def test_words_and_agent_are_changed_with_the_retry(api: httpx.Client, failed: JSON) -> None:
    other = make_agent(api)
    body = {"status": "pending", "assigned_agent_id": other["id"], "title": "Build it", "description": "With make"}
    again = good(api.patch(f"/v1/tasks/{failed['id']}", json=body))

    assert (again["status"], again["assigned_agent_id"]) == ("assigned", other["id"])
    assert (again["title"], again["description"], again["failure_reason"]) == ("Build it", "With make", None)


def test_nothing_is_done_when_the_agent_is_not_there(api: httpx.Client, failed: JSON) -> None:
    body = {"status": "pending", "assigned_agent_id": "agt_gone", "title": "Build it"}
    refused(api.patch(f"/v1/tasks/{failed['id']}", json=body), 404, "AGENT_NOT_FOUND")

    left = read(api, f"/v1/tasks/{failed['id']}")
    assert (left["status"], left["title"]) == ("failed", "Build")


def test_the_form_says_why_it_failed_and_whom_it_can_be_given_to(
    server: Served, failed: JSON, tokens: dict[str, Token]
) -> None:
    with browser(server, tokens["operator"].secret) as page:
        whole = page.get(f"/tasks/{failed['id']}/retry").text
        assert "<!doctype html>" in whole.lower()
        part = page.get(f"/tasks/{failed['id']}/retry", headers=FRAGMENT).text
        assert "<html" not in part
        for html in (whole, part):
            assert "Too &lt;b&gt;vague" in html
            assert 'value="Build"' in html
            assert f'value="{failed["assigned_agent_id"]}"' in html
        assert f'href="/tasks/{failed["id"]}/retry"' in page.get(f"/tasks/{failed['id']}").text
        assert f'href="/tasks/{failed["id"]}/retry"' in page.get("/tasks?view=board").text
        assert page.get("/tasks/task_gone/retry").status_code == 404


def test_the_form_opens_it_again_for_the_agent_that_failed(
    server: Served, api: httpx.Client, failed: JSON, tokens: dict[str, Token]
) -> None:
    fields = {"_method": "PATCH", "status": "pending", "title": "Build it", "description": "With make"}
    with browser(server, tokens["operator"].secret) as page:
        wrong = page.post(f"/tasks/{failed['id']}?form=retry", data=fields | {"title": " "}, headers=FRAGMENT)
        assert wrong.status_code == 400
        assert "With make" in wrong.text
        assert "Task title is required" in wrong.text
        assert read(api, f"/v1/tasks/{failed['id']}")["status"] == "failed"
        good_fields = fields | {"assigned_agent_id": failed["assigned_agent_id"]}
        answer = page.post(f"/tasks/{failed['id']}?form=retry", data=good_fields, headers=FRAGMENT)
        assert answer.status_code == 204
    again = read(api, f"/v1/tasks/{failed['id']}")
    assert (again["status"], again["assigned_agent_id"]) == ("assigned", failed["assigned_agent_id"])
    assert again["title"] == "Build it"


def test_words_that_somebody_else_changed_meanwhile_are_not_lost_unseen(
    server: Served, api: httpx.Client, failed: JSON, tokens: dict[str, Token]
) -> None:
    with browser(server, tokens["operator"].secret) as page:
        html = page.get(f"/tasks/{failed['id']}/retry", headers=FRAGMENT).text
        address = html.split('action="')[1].split('"')[0].replace("&amp;", "&")
        good(api.patch(f"/v1/tasks/{failed['id']}", json={"title": "Theirs"}))
        fields = {"_method": "PATCH", "status": "pending", "title": "Mine", "description": "d"}
        stale = page.post(address, data=fields)
        assert stale.status_code == 412
        assert 'value="Mine"' in stale.text
        assert "Somebody else changed this task" in stale.text


def test_a_viewer_has_no_such_form(server: Served, failed: JSON, tokens: dict[str, Token]) -> None:
    with browser(server, tokens["viewer"].secret) as page:
        assert page.get(f"/tasks/{failed['id']}/retry").status_code == 403
        assert page.get(f"/tasks/{failed['id']}/retry", headers=FRAGMENT).status_code == 403
        assert "/retry" not in page.get(f"/tasks/{failed['id']}").text
    with client(server, tokens["viewer"].secret) as viewer:
        refused(viewer.patch(f"/v1/tasks/{failed['id']}", json={"status": "pending"}), 403, "FORBIDDEN")


def test_the_reason_is_shown_whole_where_two_lines_cut_it(
    server: Served, api: httpx.Client, tokens: dict[str, Token]
) -> None:
    task = make_task(api)
    good(
        api.patch(f"/v1/tasks/{task['id']}", json={"status": "failed", "failure_reason": "First line\nand the second"})
    )
    with browser(server, tokens["viewer"].secret) as page:
        for view in ("board", "list"):
            assert '<bdi class="two-lines">First line\nand the second</bdi>' in page.get(f"/tasks?view={view}").text
