"""A real Chromium before a really served Fleet; whatever goes wrong in the page fails the test."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.support.browser.console import Watch
from tests.support.browser.crew import Crew
from tests.support.browser.page import PATIENCE
from tests.support.browser.roles import Roles, served_with_roles
from tests.support.serving import Served, served

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SLOWLY = 250  # milliseconds between two acts on a page that somebody watches
expect.set_options(timeout=PATIENCE * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the browser."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


def launch(playwright: Playwright, *, headed: bool = False) -> Browser:
    """Start Chromium, unseen; or with a window, slowly enough to follow."""
    slow = SLOWLY if headed else 0
    return playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, headless=not headed, slow_mo=slow)


@pytest.fixture(scope="session")
def browser(pytestconfig: pytest.Config) -> Iterator[Browser]:
    """Chromium, with a window by --headed; without it the tests are skipped, except where CI promises that it is there."""
    if not Path(CHROMIUM).exists():
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say(f"Chromium is not at {CHROMIUM}.")
    with sync_playwright() as playwright:
        running = launch(playwright, headed=pytestconfig.getoption("headed"))
        yield running
        running.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One Fleet for all of these tests; `crew` leaves it empty."""
    with served(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture(scope="session")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roles]:
    """A Fleet without --dev, and a token of each role; `roles` leaves it without agents."""
    with served_with_roles(tmp_path_factory.mktemp("roles")) as running:
        yield running


@pytest.fixture
def roles(strict: Roles) -> Iterator[Roles]:
    """A Fleet without --dev, and a token of each role: no agents at first, none afterwards."""
    strict.crew.clear()
    yield strict
    strict.crew.clear()


@pytest.fixture
def crew(api: httpx.Client) -> Iterator[Crew]:
    """The server's agents: none at first, none afterwards."""
    crew = Crew(api)
    crew.clear()
    yield crew
    crew.clear()


@pytest.fixture(scope="session")
def watcher() -> Watch:
    """Watches every window of the session."""
    return Watch()


@pytest.fixture
def watch(watcher: Watch) -> Iterator[Watch]:
    """What goes wrong in the browser; the test fails when there was anything that it did not allow."""
    watcher.begin()
    yield watcher
    watcher.check()


@dataclass
class Windows:
    """Opens windows: each a browser of its own, with its own cookies."""

    browser: Browser
    server: Served
    watch: Watch
    opened: list[BrowserContext] = field(default_factory=list)

    def open(
        self,
        token: str | None = "",
        server: Served | None = None,
        wide: int = 1440,
        tall: int = 900,
        **more: Any,
    ) -> Page:
        """A window signed in with `token` (the server's own by default; None: not signed in)."""
        of = server or self.server
        options: dict[str, Any] = {
            "locale": "en-GB",
            "timezone_id": "UTC",
            "reduced_motion": "reduce",
            **more,
        }
        context = self.browser.new_context(base_url=of.url, viewport={"width": wide, "height": tall}, **options)
        context.set_default_timeout(PATIENCE * 1000)
        self.opened.append(context)
        self.watch.follow(context, of.url)
        if token is not None:
            sign_in(context, token or of.token)
        return context.new_page()

    def close(self) -> None:
        """Close them all."""
        for context in self.opened:
            context.close()


def sign_in(context: BrowserContext, token: str) -> None:
    """Give a window its session, as the login form does."""
    answer = context.request.post("/login", form={"token": token}, max_redirects=0)
    assert answer.status == 303, answer.text()


@pytest.fixture
def windows(browser: Browser, server: Served, watch: Watch) -> Iterator[Windows]:
    """Windows onto the server, for tests that sign out, switch scripts off or look from a phone."""
    windows = Windows(browser, server, watch)
    yield windows
    windows.close()


@pytest.fixture(scope="session")
def desk(browser: Browser, server: Served, watcher: Watch) -> Iterator[BrowserContext]:
    """One signed-in window for all tests that leave it as they found it: its cache stays warm."""
    windows = Windows(browser, server, watcher)
    yield windows.open().context
    windows.close()


@pytest.fixture
def page(desk: BrowserContext, crew: Crew, watch: Watch) -> Iterator[Page]:  # noqa: ARG001  # around it
    """A tab of the signed-in window, on an empty fleet."""
    yield desk.new_page()
    for tab in desk.pages:
        # What a test has chosen (the theme) is not the next one's.
        with contextlib.suppress(PlaywrightError):
            tab.evaluate("localStorage.clear()")
        tab.close()
    desk.clear_cookies(name="fleet_view")
