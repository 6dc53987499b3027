"""Where in a text the secrets are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from fleet.masking.patterns import HINTS, NEAR, PEM_BEGIN, PEM_END, Rule, gist

LINE_END = re.compile(rb"[\r\n]")
# No private key is longer (bytes). Without a bound a log that only speaks of one would be masked for ever.
KEY_LONGEST = 1 << 16
STARS = bytes(byte if byte in b"\r\n" else 42 for byte in range(256))


class Span(NamedTuple):
    """A secret from `start` to `end`; its pattern begins at `opening`."""

    opening: int
    start: int
    end: int


def words(text: bytes) -> list[Span]:
    """The secrets within lines of `text`, in no order; they may overlap."""
    found: list[Span] = []
    shape, lowered = gist(text), b""
    for hint, rules in HINTS:
        if hint not in shape:
            continue
        for rule in rules:
            if rule.any_case and not lowered:
                lowered = text.lower()
            where = lowered if rule.any_case else text
            if rule.word in where:
                found.extend(matches(rule, where))
    return found


def matches(rule: Rule, text: bytes) -> Iterator[Span]:
    """The secrets of one kind, but for those that are stars already."""
    for match in rule.pattern.finditer(text):
        start, end = match.span(match.lastindex or 0)
        if text.count(b"*", start, end) == end - start:
            continue
        if rule.near is None or stands_before(rule, text, match.start()):
            yield Span(match.start(), start, end)


def stands_before(rule: Rule, text: bytes, at: int) -> bool:
    """True if what the rule wants near by stands before `at` in its line."""
    assert rule.near is not None
    first = max(
        at - NEAR, text.rfind(b"\n", max(at - NEAR, 0), at) + 1, text.rfind(b"\r", max(at - NEAR, 0), at) + 1, 0
    )
    return rule.near.search(text, first, at + 1) is not None


def keys(text: bytes, left: int = 0) -> tuple[list[Span], int]:
    """The private keys in `text`, with their first and last lines, over any number of lines.

    `left` says how many bytes more a key may have that began before (0: none
    did), and so does the second part of what is returned for one that has not
    ended. A key that began before has the start -1.
    """
    found: list[Span] = []
    start, at, limit = -1, 0, left
    while True:
        if not limit:
            begin = PEM_BEGIN.search(text, at)
            if begin is None:
                return found, 0
            start, at, limit = begin.start(), begin.end(), begin.start() + KEY_LONGEST
        end = PEM_END.search(text, at, limit)
        if end is None and limit > len(text):
            found.append(Span(start, start, len(text)))
            return found, limit - len(text)
        at = end.end() if end else max(limit, at)
        found.append(Span(start, start, at))
        limit = 0


def merged(spans: list[Span]) -> list[tuple[int, int]]:
    """What is to be masked, from left to right: spans that overlap are one."""
    found: list[tuple[int, int]] = []
    for _, start, end in sorted(spans, key=lambda span: span.start):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def stars(text: bytes) -> bytes:
    """As many `*` as there are bytes; line ends stay, and so does the length of every character's text.

    A character of several bytes becomes that many `*`.
    """
    return text.translate(STARS)
