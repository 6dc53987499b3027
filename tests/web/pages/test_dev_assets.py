"""With --dev a saved template, style sheet or script is on the page at the next load; without it nothing is looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fleet import clock, paths
from fleet.db import write
from fleet.models import agent, token
from tests.support.application import Clock, application
from tests.support.checkout import change, copy_checkout, save

Open = Callable[..., FlaskClient]
PAGES = ("/agents", "/account")
FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of the application's own, which may be changed."""
    copied = copy_checkout(tmp_path / "checkout", ("templates", "static", "migrations"))
    monkeypatch.setattr(paths, "assets", lambda: copied)
    return copied


@pytest.fixture
def opened(tmp_path: Path, files: Path) -> Iterator[Open]:  # noqa: ARG001  # what the application shows
    """Opens the application, with or without --dev, an agent in it, and a browser before it."""
    applications = []

    def open_one(*, dev: bool, signed_in: bool = False) -> FlaskClient:
        applications.append(application(tmp_path, dev=dev))
        app: Flask = applications[-1].__enter__()
        secret = write(token.first_start).token
        write(lambda tx: agent.create(tx, {"name": "Ada", "worktree": "/src/app"}))
        browser = app.test_client()
        if signed_in:
            assert browser.post("/login", data={"token": secret}, headers=FROM_THE_PAGE).status_code == 303
        return browser

    yield open_one
    for each in applications:
        each.__exit__(None, None, None)


def address(page: str, name: str) -> str:
    """Where a page finds a file."""
    (found,) = set(re.findall(rf'"(/static/{re.escape(name)}\?v=\w+)["#]', page))
    return found


def test_a_changed_template_is_on_the_page_at_the_next_load(opened: Open, files: Path) -> None:
    browser = opened(dev=True)
    assert "Skip the rest" not in browser.get("/login").text

    change(files / "templates" / "layout.html", "Skip to content", "Skip the rest")

    assert "Skip the rest" in browser.get("/login").text


def test_a_changed_partial_is_shown_though_its_subject_is_as_before(opened: Open, files: Path) -> None:
    browser = opened(dev=True, signed_in=True)
    assert ">No task<" in browser.get("/agents").text

    change(files / "templates" / "agents" / "_card.html", '"No task"', '"Nothing to do"')

    page = browser.get("/agents").text
    assert ">Nothing to do<" in page
    assert ">No task<" not in page


def test_a_changed_macro_is_shown_by_macros_that_are_made_of_it(opened: Open, files: Path) -> None:
    browser = opened(dev=True, signed_in=True)
    assert "data-older" not in browser.get("/agents").text

    # A card writes its age by a macro of agents/marks.html, which has it from here.
    change(files / "templates" / "shared" / "time.html", " data-age>", " data-age data-older>")

    assert re.search(r"agent-card-top.*data-older", browser.get("/agents").text)


@pytest.mark.parametrize("name", ["css/theme.css", "js/shared/theme.js", "favicon.svg"])
def test_a_changed_file_has_another_address_at_the_next_load(opened: Open, files: Path, name: str) -> None:
    browser = opened(dev=True)
    page = browser.get("/login").text
    before, unchanged = address(page, name), address(page, "css/base.css")

    saved = f"{(files / 'static' / name).read_text()}\n"
    save(files / "static" / name, saved)

    page = browser.get("/login").text
    after = address(page, name)
    assert after != before
    assert address(page, "css/base.css") == unchanged
    with browser.get(after) as answer:
        assert answer.text == saved


def test_a_template_that_cannot_be_read_is_mended_by_the_next_save(opened: Open, files: Path) -> None:
    browser = opened(dev=True)
    assert browser.get("/login").status_code == 200
    good = (files / "templates" / "sessions" / "new.html").read_text()

    save(files / "templates" / "sessions" / "new.html", "{% if %}")
    assert browser.get("/login").status_code == 500

    save(files / "templates" / "sessions" / "new.html", good)
    assert browser.get("/login").status_code == 200


def test_without_dev_a_page_is_the_same_bytes_whatever_is_saved(
    opened: Open, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", Clock().now)
    browser = opened(dev=False, signed_in=True)
    before = [browser.get(path).data for path in PAGES]

    change(files / "templates" / "layout.html", "Skip to content", "Skip the rest")
    change(files / "templates" / "agents" / "_card.html", '"No task"', '"Nothing to do"')
    for name in ("css/theme.css", "js/shared/theme.js"):
        save(files / "static" / name, "/* nothing */")

    assert [browser.get(path).data for path in PAGES] == before
    assert b"Skip to content" in before[0]


def test_without_dev_no_request_looks_at_the_files(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = opened(dev=False)
    browser.get("/login")
    monkeypatch.setattr("fleet.changed_files.os.scandir", lambda _: pytest.fail("somebody looked"))

    assert browser.get("/login").status_code == 200
