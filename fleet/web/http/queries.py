"""What a request's query may say: for programs checked like a body, for pages taken as it comes.

In a page's address anything may stand, an old link or a stranger's; nothing is an error there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import request

from fleet.errors import Invalid

LIMIT_MOST = 1000
PAGE_TEXT_LONGEST = 200


def number(name: str, default: int, least: int, most: int) -> int:
    """A whole number from the query. Raises Invalid when it is none or out of bounds."""
    text = request.args.get(name)
    if text is None:
        return default
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12 and least <= int(text) <= most):
        raise Invalid(f"INVALID_{name.upper()}", f"{name} must be a number from {least} to {most}.", field=name)
    return int(text)


def window(default: int = 50) -> tuple[int, int]:
    """`limit` and `offset` of a list."""
    return number("limit", default, 1, LIMIT_MOST), number("offset", 0, 0, 2**31 - 1)


def choice(name: str, allowed: Sequence[str]) -> str | None:
    """A value from a fixed set, or None when it is not asked for. Raises Invalid."""
    value = request.args.get(name) or None
    if value is not None and value not in allowed:
        raise Invalid(f"INVALID_{name.upper()}", f"{name} must be one of: {', '.join(allowed)}.", field=name)
    return value


def words(name: str, longest: int = 500) -> str | None:
    """A text from the query, or None. Raises Invalid when it is too long or holds NUL."""
    value = request.args.get(name) or None
    if value is not None and (len(value) > longest or "\x00" in value):
        raise Invalid(f"INVALID_{name.upper()}", f"{name} must be at most {longest} characters.", field=name)
    return value


def page_text(query: Mapping[str, str], name: str) -> str:
    """A text from a page's address, as far as it can be looked for; "" where there is none."""
    return query.get(name, "").replace("\x00", "")[:PAGE_TEXT_LONGEST].strip()


def page_choice(query: Mapping[str, str], name: str, allowed: Sequence[str]) -> str:
    """A value from a page's address when it is allowed; "" for any other."""
    value = query.get(name, "")
    return value if value in allowed else ""
