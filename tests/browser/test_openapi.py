"""The API's page: drawn by Scalar from what the server says, in Fleet's theme; calls are tried for real."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Request, Response, Route, expect

from tests.browser.conftest import Windows
from tests.support.api import unique
from tests.support.browser.page import on_page, sideways

READ, WRITE = "The agents that there are", "One agent more"
DRAWN_IN = "theme => document.body.classList.contains(`${theme}-mode`) && document.body.classList.length === 1"
TOKEN = {"bearer": {"type": "http", "scheme": "bearer"}}
# Small enough to find one's way in; what the server says of itself is held by tests/contract.
DESCRIPTION: dict[str, Any] = {
    "openapi": "3.1.1",
    "info": {"title": "A few calls", "version": "1"},
    "servers": [{"url": "/"}],
    "security": [{"bearer": []}],
    "components": {"securitySchemes": TOKEN},
    "paths": {
        "/v1/agents": {
            "get": {"summary": READ, "responses": {"200": {"description": "A list."}}},
            "post": {
                "summary": WRITE,
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"type": "object"},
                            "example": {"name": unique("scalar"), "worktree": "/srv/app"},
                        }
                    }
                },
                "responses": {"201": {"description": "It."}},
            },
        }
    },
}


def open_page(page: Page) -> None:
    """Open it, and wait until its calls are drawn."""
    page.goto("/openapi")
    expect(page.get_by_role("heading", name=READ)).to_be_visible()


def describe(page: Page) -> None:
    """Let the server describe a few calls only."""

    def answer(route: Route) -> None:
        route.fulfill(json=DESCRIPTION)

    page.route("**/openapi.json", answer)


def send(page: Page, call: str) -> Response:
    """Try a call of the page; returns what the server said."""
    section = page.locator("section").filter(has=page.get_by_role("heading", name=call, exact=True)).last
    section.get_by_role("button", name="Test Request").click()
    with page.expect_response(lambda response: "/v1/agents" in response.url) as answered:
        page.get_by_role("button", name="Send").first.click()
    return answered.value


def authorization(request: Request) -> str | None:
    return request.all_headers().get("authorization")


def test_what_the_server_says_of_itself_is_drawn_without_asking_anybody_else(windows: Windows) -> None:
    page = windows.open()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/openapi")

    expect(page.get_by_role("heading", name="Fleet", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Test Request").first).to_be_visible()
    assert [url for url in asked if not url.startswith((windows.server.url, "data:", "blob:"))] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_follows_the_theme(windows: Windows, scheme: str) -> None:
    page = windows.open(wide=390, tall=844, color_scheme=scheme)
    describe(page)
    open_page(page)

    assert sideways(page) == 0
    on_page(page, DRAWN_IN, scheme)
    other = "light" if scheme == "dark" else "dark"
    while page.evaluate("document.documentElement.dataset.bsTheme") != other:
        page.get_by_role("button", name="Theme").click()
    on_page(page, DRAWN_IN, other)


def test_a_call_that_writes_is_tried_with_the_session_that_is_signed_in(windows: Windows) -> None:
    page = windows.open()
    describe(page)
    open_page(page)
    answer = send(page, WRITE)

    assert answer.status == 201
    assert authorization(answer.request) is None


def test_a_token_that_was_pasted_counts_instead(windows: Windows) -> None:
    page = windows.open(token=None)
    windows.watch.allow("signed out")
    describe(page)
    open_page(page)
    assert send(page, READ).status == 401
    page.keyboard.press("Escape")
    page.get_by_label("Bearer Token").first.fill(windows.server.token)
    answer = send(page, READ)

    assert answer.status == 200
    assert authorization(answer.request) == f"Bearer {windows.server.token}"
