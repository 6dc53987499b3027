"""The style sheet as it is served looks, on every page, like the files and the whole library that it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from jinja2 import Environment, FileSystemLoader
from playwright.sync_api import Page

from fleet import paths
from fleet.web.pages.css_cut import defined
from tests.browser.conftest import Windows
from tests.support.browser.page import live
from tests.support.browser.roles import Roles

PAGES = (
    "/",
    "/?view=table",
    "/agents/new",
    "/agents/AGENT",
    "/agents/AGENT/details",
    "/tasks?view=board",
    "/tasks/TASK",
    "/stops",
    "/activity",
    "/tokens",
    "/audit",
    "/account",
)
# Notes every property of the elements, also of hidden ones, of each kind the first and the last; or says what is
# different from what was noted, of five.
LOOK = """(theme) => {
  document.documentElement.dataset.bsTheme = theme;
  const counts = (name) => !/^--|(block|inline)-size$|^(height|width|top|right|bottom|left)$|^inset|-origin$/.test(name); // they follow from the rest
  const of = (style) => [...style].filter(counts).map((name) => `${name}: ${style.getPropertyValue(name)}`);
  const kinds = new Map();
  for (const element of document.querySelectorAll("html, body, body *")) {
    const kind = [element, element.parentElement].map((e) => `${e?.tagName} ${e?.getAttribute("class")} ${e?.type}`).join();
    kinds.set(kind, [kinds.get(kind)?.[0] ?? element, element]);
  }
  const looks = [...new Set([...kinds.values()].flat())].map((element) => [
    `${element.tagName} ${element.id} ${element.getAttribute("class")}`,
    ...of(getComputedStyle(element)),
    ...["::before", "::after"].filter((part) => getComputedStyle(element, part).content !== "none")
      .flatMap((part) => of(getComputedStyle(element, part)).map((text) => `${part} ${text}`)),
  ]);
  window.noted ??= {};
  const before = window.noted[theme];
  window.noted[theme] = looks;
  if (!before) return [];
  if (before.length !== looks.length) return [`${before.length} elements, then ${looks.length}`];
  return looks.flatMap((look, place) => {
    const was = new Set(before[place]);
    const different = look.filter((text) => !was.has(text));
    return different.length || look.length !== was.size ? [[look[0], ...different]] : [];
  }).slice(0, 5);
}"""
# The files by themselves, in their order, in place of the one that is made of them.
PART = """async (addresses) => {
  const one = document.querySelector("link[rel=stylesheet]");
  await Promise.all(addresses.map((address) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
    one.before(link);
    return new Promise((done, failed) => { link.onload = done; link.onerror = failed; });
  }));
  one.remove();
}"""
LIST = Environment(loader=FileSystemLoader(paths.templates())).get_template("shared/files.html").module
SHEETS = [f"/static/{name}.css" for name in LIST.sheets]  # type: ignore[attr-defined]  # the template's own
USED = "() => [...new Set([...document.querySelectorAll('*')].flatMap((element) => [...element.classList]))]"


@dataclass(frozen=True)
class Opened:
    """An administrator's window, and the paths of what there is something of everything of."""

    page: Page
    url: str
    paths: list[str]

    def visit(self, path: str) -> None:
        """Open a page, and let no clock change it any more."""
        self.page.goto(path)
        live(self.page)
        self.page.evaluate("() => { for (let timer = 1; timer < 10_000; timer += 1) clearInterval(timer); }")


@pytest.fixture
def opened(windows: Windows, roles: Roles) -> Opened:
    """Something of everything, to be looked at."""
    crew = roles.crew
    agent = crew.add("Ada", status="active", current_task="Write the tests", progress=40, lines_added=120)
    agent.plan("Read", "Write")
    agent.hear("Go on")
    agent.say("Ran 12 tests")
    crew.add("Kim").ask("Which database?", "SQLite", "PostgreSQL")
    crew.add("Lee").fail("The disk is full")
    task = crew.task("Move the client", labels=["bug"], priority="urgent")
    page = windows.open(roles.tokens["admin"], roles.server)
    return Opened(
        page, roles.server.url, [path.replace("AGENT", agent.id).replace("TASK", task["id"]) for path in PAGES]
    )


@pytest.mark.slow
def test_every_element_looks_as_with_the_whole_library(opened: Opened) -> None:
    page, used = opened.page, set()
    for path in opened.paths:
        opened.visit(path)
        assert page.locator("link[rel=stylesheet]").count() == 1
        assert looks(page) == []
        used |= set(page.evaluate(USED))
        page.evaluate(PART, SHEETS)
        assert looks(page) == [], path

    page.goto("/login")
    sheet = page.locator("link[rel=stylesheet]").get_attribute("href")
    library = defined((paths.static() / "vendor" / "bootstrap.min.css").read_text())
    assert {"btn", "btn-primary", "visually-hidden"} <= used & library
    assert used & library <= defined(httpx.get(f"{opened.url}{sheet}").text)


def looks(page: Page) -> list[Any]:
    """What looks different than when this was asked before, by day or by night."""
    return [each for theme in ("light", "dark") for each in page.evaluate(LOOK, theme)]
