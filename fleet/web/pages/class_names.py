"""Which classes pages may have: read from templates and scripts, where they are written down."""

from __future__ import annotations

import re
from collections.abc import Iterable

# An attribute's value may hold expressions, and those quotes; the same form hands a class to a macro.
ATTRIBUTE = re.compile(r"""class(?:Name)?\s*=\s*(?:"((?:\{\{.*?\}\}|\{%.*?%\}|[^"{])*)"|'([^']*)')""", re.DOTALL)
CLASS_LIST = re.compile(r"classList\.\w+\(([^)]*)\)")
QUOTED = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`")
# What is compared with a text is no class, as in `{% if view == "table" %}`.
COMPARED = re.compile(r"(?:==|!=|\bin)\s*(?:\"[^\"]*\"|'[^']*'|\[[^\]]*\]|\([^)]*\))")
NAME = re.compile(r"-?[A-Za-z_][\w-]*")


def class_names(texts: Iterable[str]) -> set[str]:
    """All words that templates and scripts give as a class, and any word with a hyphen that they quote.

    More than there are: an expression's own words are among them. A word of one
    part that only a variable holds is not found.
    """
    found: set[str] = set()
    for text in texts:
        for groups in ATTRIBUTE.findall(text):
            found.update(NAME.findall(COMPARED.sub("", "".join(groups))))
        for arguments in CLASS_LIST.findall(text):
            found.update(NAME.findall(arguments))
        for groups in QUOTED.findall(text):
            found.update(name for name in NAME.findall("".join(groups)) if "-" in name)
    return found
