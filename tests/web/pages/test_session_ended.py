"""A plain form that is sent after its session has ended leads to the door, and from there back to its page."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.serving import Served

FORMS = ["/agents/agt_none/answer", "/agents/agt_none/commands", "/agents", "/tasks", "/tokens", "/people", "/account"]


@pytest.fixture
def stranger(server: Served) -> Iterator[httpx.Client]:
    """A browser whose session has ended."""
    headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
    with httpx.Client(base_url=server.url, headers=headers) as browser:
        yield browser


def door(answer: httpx.Response) -> dict[str, list[str]]:
    """What the login page is told."""
    assert answer.status_code == 303
    place = urlsplit(answer.headers["Location"])
    assert (place.netloc, place.path) == ("", "/login")
    return parse_qs(place.query, keep_blank_values=True)


@pytest.mark.parametrize("path", FORMS)
def test_every_form_leads_to_the_door_and_back_to_its_page(stranger: httpx.Client, path: str) -> None:
    page = f"{str(stranger.base_url).rstrip('/')}/tasks/new?from=board"
    told = door(stranger.post(path, data={"name": "nightly words"}, headers={"Referer": page}))

    assert told == {"next": ["/tasks/new?from=board"], "ended": [""]}
    shown = stranger.get("/login", params={"next": told["next"][0], "ended": ""})
    assert "Your session has ended" in shown.text
    assert 'value="/tasks/new?from=board"' in shown.text
    assert "nightly words" not in shown.text


@pytest.mark.parametrize(
    "told", ["", "https://elsewhere.example/tasks", "//elsewhere.example", "not an address", "http://127.0.0.1:1/tasks"]
)
def test_the_way_back_is_never_another_site(stranger: httpx.Client, told: str) -> None:
    assert door(stranger.post("/tasks", data={"title": "t"}, headers={"Referer": told}))["next"] == ["/"]


def test_a_page_with_two_slashes_is_no_way_out_either(stranger: httpx.Client) -> None:
    base = str(stranger.base_url).rstrip("/")
    told = door(stranger.post("/tasks", data={"title": "t"}, headers={"Referer": f"{base}//elsewhere.example"}))
    shown = stranger.get("/login", params={"next": told["next"][0]})

    assert 'name="next" value="/"' in shown.text


def test_programs_and_parts_of_pages_get_401(server: Served, stranger: httpx.Client) -> None:
    assert httpx.post(f"{server.url}/tasks", data={"title": "t"}).status_code == 401
    assert stranger.post("/tasks", json={"title": "t"}).status_code == 401
    part = stranger.post("/tasks", data={"title": "t"}, headers={"HX-Request": "true"})
    assert (part.status_code, "Your session has ended" in part.text) == (401, True)
    assert "Authorization header" not in part.text
