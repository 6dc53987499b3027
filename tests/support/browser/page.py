"""Small words for what a person sees and waits for in a page."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from playwright.sync_api import Locator, Page, expect

T = TypeVar("T")
# How long a slow machine may take to show something (seconds).
PATIENCE = float(os.environ.get("BROWSER_PATIENCE", "20"))


def visit(page: Page, path: str) -> None:
    """Open a page of Fleet and wait until it is live."""
    page.goto(path)
    live(page)


def live(page: Page) -> None:
    """Wait until the page says that it is live."""
    expect(page.locator("#live-state")).to_have_attribute("data-state", "live")


def eventually(look: Callable[[], T], what: str = "this never came true") -> T:
    """Look until there is something; a page's own waiting would need `eval`, which its policy forbids."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
    return found


def on_page(page: Page, expression: str, argument: Any = None) -> None:
    """Wait until a JavaScript expression is true."""
    eventually(lambda: page.evaluate(expression, argument), f"never true: {expression}")


def token_field(page: Page) -> Locator:
    """The login page's field for a token, which is one link away."""
    if page.get_by_label("Access token").count() == 0:
        page.get_by_role("link", name="Sign in with a token").click()
    return page.get_by_label("Access token")


def mark(locator: Locator) -> None:
    """Remember this very element: another one in its place would not have the mark."""
    locator.evaluate("e => { e.marked = true; }")


def marked(locator: Locator) -> bool:
    """True for an element that was remembered."""
    return bool(locator.evaluate("e => e.marked === true"))


def focused(locator: Locator) -> bool:
    """True when the element has the focus."""
    return bool(locator.evaluate("e => document.activeElement === e"))


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@contextmanager
def without_reload(page: Page) -> Iterator[None]:
    """What happens within must happen on the page as it is, not by loading it again."""
    page.evaluate("() => { window.unchanged = true; }")
    yield
    assert page.evaluate("() => window.unchanged === true"), "the page was loaded again"
