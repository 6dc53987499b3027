"""Lists of texts that a column holds as JSON: which rows have one."""

from __future__ import annotations

import msgspec
from sqlalchemy import ColumnElement, func, literal


def holds(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """The list in `column` (its JSON as text, as it is stored: without spaces) has this very word.

    With its bracket made a comma, each word is a comma and its JSON; a quote inside
    of one stands behind a backslash. REPLACE tells small letters from great ones
    everywhere; LIKE does not on SQLite.
    """
    listed = literal(",").concat(func.substr(column, 2))
    return func.replace(listed, "," + msgspec.json.encode(word).decode(), "") != listed
