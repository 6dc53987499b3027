"""Chromium, for what only a browser can tell."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tests.bench.fleets import Fleet

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
)
PATIENCE = 60_000


def missing() -> str:
    """What is not there; empty when everything is."""
    if find_spec("playwright") is None:
        return "playwright, for the browser's figures"
    if shutil.which("chromium") is None:
        return "chromium, for the browser's figures"
    return ""


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A running browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        try:
            yield running
        finally:
            running.close()


@contextlib.contextmanager
def window(browser: Browser, running: Fleet, address: str = "") -> Iterator[BrowserContext]:
    """A window with nothing cached, signed in; by another `address` than the server's own."""
    context = browser.new_context(base_url=address or running.server.url, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    try:
        answer = context.request.post("/login", form={"token": running.api.token}, max_redirects=0)
        if answer.status != 303:
            raise RuntimeError(f"signing in was answered with {answer.status}")
        yield context
    finally:
        context.close()


def load(browser: Browser, running: Fleet, path: str, *figures: str) -> list[Any]:
    """Load a page in a new window; then what these expressions say."""
    with window(browser, running) as context:
        page: Page = context.new_page()
        page.goto(path, wait_until="load")
        page.wait_for_timeout(300)  # the event's own end, and the first paint, are noted after it
        return [page.evaluate(figure) for figure in figures]
