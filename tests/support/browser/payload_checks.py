"""What must be true of a page on which agents say whatever they like."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from playwright.sync_api import Page

# Tags and names of attributes of an element and all in it: what a text can change only if it was taken for markup.
OUTLINES = """selector => {
  const outline = e => `${e.localName}[${[...e.attributes].map(a => a.name).sort()}](${[...e.children].map(outline)})`;
  const found = {};
  for (const e of document.querySelectorAll(selector)) (found[outline(e)] ??= []).push(e.id);
  return found;
}"""
# Addresses that lead away from Fleet or into code (what is asked for behind "?" may be any text), and whatever a
# payload names that Fleet has not.
STRAY = r"""() => {
  const wrong = [];
  const icon = /^data:image[/]svg[+]xml,<svg (?:(?!<script|onload|href).)*>[0-9]{1,2}<[/]text><[/]svg>$/; // favicon.js
  for (const name of ['href', 'src', 'action', 'formaction', 'data', 'style', 'hx-get', 'hx-post', 'data-address', 'data-hub']) {
    for (const e of document.querySelectorAll(`[${CSS.escape(name)}]`)) {
      const [path] = e.getAttribute(name).split('?');
      if (e.matches('head > link[rel=icon]') && icon.test(decodeURIComponent(path))) continue;
      if (/__pwned|^\s*[a-z]+script|example[.]com|^\s*data:|[<>]/i.test(path)) wrong.push(e.outerHTML.slice(0, 200));
    }
  }
  const foreign = 'iframe, object, embed, base, marquee, math, font, center, plaintext, xmp, noembed, hx-partial, '
    + '[onerror], [onload], [onfocus], [onmouseover], [hx-on\\:load], [hx-ext], [hx-swap-oob], [srcdoc]';
  for (const e of document.body.querySelectorAll(foreign)) wrong.push(e.outerHTML.slice(0, 200));
  return wrong;
}"""


def harmless(page: Page) -> None:
    """Nothing was run, nothing leads away, the page still has its parts."""
    assert page.evaluate("() => window.__pwned") is None, f"something was run on {page.url}"
    stray = page.evaluate(STRAY)
    assert not stray, stray
    assert [page.locator(part).count() for part in ("#live", "#main", "title", "base")] == [1, 1, 1, 0]
    assert page.evaluate("() => document.getElementById('live').checkVisibility !== undefined && 'swap' in htmx")


def built_alike(page: Page, selector: str, count: int) -> None:
    """So many of them are there, and all are of the same elements and attributes."""
    found: dict[str, list[str]] = page.evaluate(OUTLINES, selector)
    assert sum(map(len, found.values())) == count, (selector, count, {k: len(v) for k, v in found.items()})
    assert len(found) == 1, {outline: ids[:3] for outline, ids in found.items()}


def texts(page: Page, selector: str) -> list[str]:
    """The texts of all of them, blanks aside."""
    said: list[Any] = page.evaluate("s => [...document.querySelectorAll(s)].map(e => e.textContent)", selector)
    return [plain(text) for text in said]


def plain(text: str) -> str:
    """A text with every run of blanks as one."""
    return " ".join(text.split())


def said(page: Page, selector: str, wanted: Iterable[str]) -> None:
    """Each of these texts stands there as it was sent."""
    missing = {plain(text) for text in wanted} - set(texts(page, selector))
    assert not missing, (selector, sorted(missing)[:5])
