"""Lists of words in one line of a form or an address: divided by commas, in quotes where a word has one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable


def words_of(line: str) -> list[str]:
    """The words in a line, blanks around them cut off and empty ones left out: `nightly, "a, b"` has two."""
    try:
        parts = next(csv.reader([" ".join(line.splitlines())], skipinitialspace=True), [])
    except csv.Error:  # a word beyond what the module reads; anybody who takes the list says that it is too long
        parts = line.split(",")
    return [word for part in parts if (word := part.strip())]


def line_of(words: Iterable[str]) -> str:
    """The words as one line, from which `words_of` reads the same."""
    return ", ".join(quoted(word) if "," in word or word.startswith('"') else word for word in words)


def quoted(word: str) -> str:
    """A word in quotes, its own doubled."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="").writerow([word])
    return text.getvalue()
