"""Words in texts, whatever their case and however their letters are put together (Unicode, 3.13, D145).

SQLite's LIKE folds ASCII, in C. A word with other letters is looked for by a
function of ours, which costs a text under a microsecond more: only such a
word pays for it.
"""

from __future__ import annotations

import sqlite3
import unicodedata

from sqlalchemy import ColumnElement, func

NAME = "fleet_folded"


def folded(text: str | None) -> str | None:
    """`text` as it is compared: two that differ in case or in normal form only become the same."""
    if text is None or text.isascii():
        return text and text.lower()
    decomposed = unicodedata.normalize("NFD", text).casefold()
    return unicodedata.normalize("NFD", decomposed)


def teach(connection: sqlite3.Connection) -> None:
    """Let statements on this connection fold texts."""
    connection.create_function(NAME, 1, folded, deterministic=True)


def mentions(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """The word occurs in the column's text."""
    if word.isascii():
        return column.icontains(word, autoescape=True)
    return func.instr(getattr(func, NAME)(column), folded(word)) > 0


def begins(column: ColumnElement[str], words: str) -> ColumnElement[bool]:
    """The column's text begins with these words."""
    if words.isascii():
        return column.istartswith(words, autoescape=True)
    return func.instr(getattr(func, NAME)(column), folded(words)) == 1


def equals(column: ColumnElement[str], words: str) -> ColumnElement[bool]:
    """The column's text is these words."""
    if words.isascii():
        return func.lower(column) == words.lower()
    return getattr(func, NAME)(column) == folded(words)  # type: ignore[no-any-return]  # a function's comparison
