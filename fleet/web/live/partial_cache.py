"""Rendered partials, kept: most of what a page shows, and the stream sends, looks as it did before.

A partial is kept under all that it was rendered from, so that it is never out
of date: whatever can be seen of a subject makes its value, and another value is
rendered anew. Only ages go on by themselves; they are written in each time.

Who makes a long list of them gives way now and then: nobody else is served meanwhile.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Hashable
from datetime import datetime

from jinja2 import Environment
from markupsafe import Markup

from fleet import clock
from fleet.db.greenlets import TURN, give_way

# In characters, over all partials: some ten thousand cards.
MOST = 16 * 2**20
# What the macros `age` and `moment` write. Texts of agents cannot look like it: quotes and brackets are escaped there.
TIME = re.compile(r'<time [^<>]*?datetime="([^"<>]+)"[^<>]* data-(age|clock)>([^<>]*)</time>')
WORDS: dict[str, Callable[[datetime], str]] = {"age": clock.age, "clock": clock.hour_or_day}
# A moment with the name of its words stands where those are to be written.
Pieces = tuple[str | tuple[str, datetime], ...]


class PartialCache:
    """The partials of one application; the one that was not used for longest goes first."""

    def __init__(self, environment: Environment, most: int = MOST) -> None:
        self._environment = environment
        self._most = most
        self._kept: dict[tuple[Hashable, ...], Pieces] = {}
        self._characters = 0
        self._turn_over = 0.0  # monotonic

    def partial(self, template: str, **subject: Hashable) -> Markup:
        """A partial, as it would be rendered with this subject and the globals at this moment."""
        if time.monotonic() >= self._turn_over:
            give_way()
            self._turn_over = time.monotonic() + TURN
        key = (template, *subject.values())
        pieces = self._kept.pop(key, None)
        if pieces is None:
            pieces = cut(self._environment.get_template(template).render(**subject))
            self._characters += length(pieces)
        self._kept[key] = pieces  # as the last one
        while self._characters > self._most:
            self._characters -= length(self._kept.pop(next(iter(self._kept))))
        return Markup("".join([p if isinstance(p, str) else WORDS[p[0]](p[1]) for p in pieces]))  # noqa: S704  # rendered

    def forget(self) -> None:
        """Render everything anew from now on."""
        self._kept.clear()
        self._characters = 0


def cut(html: str) -> Pieces:
    """HTML in pieces: a moment wherever words of it are to be written that change as time goes by."""
    pieces: list[str | tuple[str, datetime]] = []
    begin = 0
    for match in TIME.finditer(html):
        pieces += (html[begin : match.start(3)], (match[2], datetime.fromisoformat(match[1])))
        begin = match.end(3)
    return (*pieces, html[begin:])


def length(pieces: Pieces) -> int:
    """How many characters there are."""
    return sum(len(piece) for piece in pieces if isinstance(piece, str))
