"""A form that failed is shown again by the page that its view names, with what was typed."""

from __future__ import annotations

import inspect

import httpx
import pytest
from flask import Flask

from fleet.web.pages.forms import form_page
from tests.support.api import make_agent, unique
from tests.support.serving import Served

HTML = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


def test_the_form_comes_back_with_what_was_typed_and_the_fault_at_its_field(api: httpx.Client) -> None:
    typed = unique("name")
    answer = api.post("/agents", data={"name": typed, "worktree": ""}, headers=HTML)

    assert answer.status_code == 400
    assert typed in answer.text
    assert "Agent worktree is required" in answer.text


def test_who_may_not_send_a_form_is_not_shown_its_page(api: httpx.Client, server: Served) -> None:
    agent_id = make_agent(api, name="Secretive")["id"]
    with httpx.Client(base_url=server.url) as nobody:
        answer = nobody.post(f"/agents/{agent_id}/commands", data={"content": ""}, headers=HTML)

    assert answer.status_code in (303, 401)
    assert "Secretive" not in answer.text


def test_a_view_that_goes_well_leaves_nothing_behind_and_keeps_its_name() -> None:
    app = Flask("mine")

    @form_page(lambda *_: pytest.fail("nothing failed"))
    def edit(agent_id: str) -> str:
        """Say so."""
        return agent_id

    with app.app_context():
        assert edit(agent_id="agt_1") == "agt_1"
    assert (edit.__name__, inspect.getdoc(edit)) == ("edit", "Say so.")
