"""One style sheet and one script, made of many files: what is left out of them, and how they are put together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from fleet.web.pages.class_names import class_names
from fleet.web.pages.css_cut import cut
from fleet.web.pages.css_rules import BREAKS, MARK

# Cut to what is used; any other style sheet is ours, and whole.
LIBRARY = "vendor/bootstrap.min"
# Classes of the library that nothing names in a way which class_names finds.
ALSO: frozenset[str] = frozenset()
# A line that is nothing but a comment. Others stay, since a script's text may hold two slashes.
COMMENT = re.compile(r"^[ \t]*//[^\n]*\n", re.MULTILINE)
SPACE = re.compile(r"\s+")


@lru_cache(maxsize=4)
def style_sheet(static: Path, templates: Path, names: tuple[str, ...]) -> str:
    """All the style sheets of these names in one, in their order."""
    css = {name: (static / f"{name}.css").read_text() for name in names}
    return "\n".join(library(static, templates, css) if name == LIBRARY else plain(css[name]) for name in names)


def library(static: Path, templates: Path, css: dict[str, str]) -> str:
    """The library's style sheet with the rules only that pages can need."""
    texts = [*read(templates, "*.html"), *read(static / "js", "*.js")]
    beside = "\n".join([*texts, *(text for name, text in css.items() if name != LIBRARY)])
    return cut(css[LIBRARY], class_names(texts) | ALSO, beside)


def plain(css: str) -> str:
    """One of our style sheets without comments and line ends; all else is as it was."""
    pieces, begin, open_line = [], 0, True
    for match in MARK.finditer(css):
        text, mark = SPACE.sub(" ", css[begin : match.start()]), match[0]
        begin = match.end()
        if open_line:
            text = text.lstrip()
        if mark in BREAKS:
            text = text.rstrip()
        pieces += [text, "" if mark.startswith("/*") else mark]
        open_line = mark in BREAKS or (open_line and not text and mark.startswith("/*"))
    return "".join(pieces) + css[begin:].strip()


@lru_cache(maxsize=4)
def script(static: Path, names: tuple[str, ...]) -> str:
    """All the scripts of these names in one, in their order, which ends each one's last statement."""
    return ";\n".join(COMMENT.sub("", (static / f"{name}.js").read_text()) for name in names)


def read(folder: Path, pattern: str) -> Iterable[str]:
    """The texts of a folder's files."""
    return [path.read_text() for path in sorted(folder.rglob(pattern))]
