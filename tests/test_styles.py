"""The style sheets: all of them are on every page, so none may take another's class for something of its own."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from fleet import paths

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
COMMA = re.compile(r",(?![^(]*\))")  # not one inside of `:is(…)`
CLASS = re.compile(r"\.[a-z][\w-]*")
# What a theme or paper changes belongs with the theme and the paper.
WITHOUT_MEDIA = re.compile(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")


def said(path: Path) -> Iterator[tuple[str, str]]:
    """Each class that stands alone as a selector, with each property that is set for it."""
    text = WITHOUT_MEDIA.sub("", COMMENT.sub("", path.read_text()))
    for selectors, body in RULE.findall(text):
        properties = [line.partition(":")[0].strip() for line in body.split(";") if ":" in line]
        for selector in COMMA.split(selectors):
            if CLASS.fullmatch(selector.strip()):
                yield from ((selector.strip(), name) for name in properties)


def test_no_two_sheets_say_the_same_thing_of_one_class() -> None:
    where: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path in sorted((paths.static() / "css").rglob("*.css")):
        for told in said(path):
            where[told].add(path.name)

    assert {told: files for told, files in where.items() if len(files) > 1} == {}
    assert len(where) > 500
