"""What a request's query may say: for programs checked like a body, for pages taken as it comes.

In a page's address anything may stand, an old link or a stranger's; nothing is an error there.
Each function that reads a parameter notes its name: a list of /v1 or /api that was asked for one which
nobody has read says so (`require_known`), instead of giving everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import has_request_context

from fleet.errors import Invalid
from fleet.web.framework.current import the_notes, the_request

LIMIT_MOST = 1000
# What scripts add so that no cache answers.
CACHE_BUSTER = "_"
# Whatever ends so is a list, and these are.
LISTS = (".index", ".recent_updates", "audit_exports.show")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,12})?([Zz]|[+-]\d\d:\d\d)")
# No database takes NUL.
STORABLE = "^[^\\u0000]*$"
PAGE_TEXT_LONGEST = 200
ANY_TEXT = {"type": "string"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a query, as the function that reads it declares it: its name and JSON schema."""

    name: str
    schema: dict[str, Any]


# While a description is made the readers are run for what they declare, not for what was asked.
_declared: list[Parameter] | None = None


def declared(reader: Callable[[], object]) -> list[Parameter]:
    """The parameters that a function would read from a query, in its order."""
    global _declared  # noqa: PLW0603  # set and reset without giving way to anybody
    _declared = []
    try:
        reader()
        return list({parameter.name: parameter for parameter in _declared}.values())
    finally:
        _declared = None


def is_declared(name: str, **schema: Any) -> bool:
    """True while a description is made; the parameter is in it now."""
    if _declared is None:
        return False
    _declared.append(Parameter(name, schema))
    return True


def said(name: str) -> str | None:
    """A parameter as it was sent, noted as known; None where there is none."""
    asked = the_request()
    if not asked.query_string:
        return None
    note(name)
    args = asked.args
    return args[name] if name in args else None  # noqa: SIM401  # werkzeug's `get` makes an exception of each that is missing


def note(name: str) -> None:
    """Note that a parameter has a meaning here."""
    the_notes().setdefault("parameters", {CACHE_BUSTER}).add(name)


def require_known() -> None:
    """Raise Invalid for a parameter of a list of /v1 or /api that nothing has read so far."""
    asked = the_request()
    if (
        not asked.query_string
        or not asked.path.startswith(("/v1/", "/api/"))
        or not str(asked.endpoint).endswith(LISTS)
    ):
        return
    known = the_notes().get("parameters", {CACHE_BUSTER})
    for name in asked.args:
        if name not in known:
            there_are = ", ".join(sorted(known - {CACHE_BUSTER})) or "none"
            sentence = f"There is no parameter {name[:100]!r} here; there are: {there_are}."
            raise Invalid("UNKNOWN_PARAMETER", sentence, field=name[:100])


def number(name: str, default: int, least: int, most: int) -> int:
    """A whole number from the query. Raises Invalid when it is none or out of bounds."""
    if is_declared(name, type="integer", minimum=least, maximum=most, default=default):
        return default
    text = said(name)
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
    if is_declared(name, type="string", enum=[*allowed, ""]):  # a form sends an empty choice
        return None
    value = said(name) or None
    if value is not None and value not in allowed:
        raise Invalid(f"INVALID_{name.upper()}", f"{name} must be one of: {', '.join(allowed)}.", field=name)
    return value


def words(name: str, longest: int = 500) -> str | None:
    """A text from the query, or None. Raises Invalid when it is too long or holds NUL."""
    if is_declared(name, type="string", maxLength=longest, pattern=STORABLE):
        return None
    value = said(name) or None
    return None if value is None else bounded(name, value, longest)


def bounded(name: str, value: str, longest: int) -> str:
    """The text. Raises Invalid when it is too long or holds NUL."""
    if len(value) > longest:
        raise Invalid(f"INVALID_{name.upper()}", f"{name} must be at most {longest} characters.", field=name)
    if "\x00" in value:
        raise Invalid(f"INVALID_{name.upper()}", f"{name} holds a character that no text has (NUL).", field=name)
    return value


def several(name: str, longest: int = 500) -> list[str]:
    """Every text of that name in the query, empty ones left out. Raises Invalid as `words` does."""
    if is_declared(name, type="array", items={"type": "string", "maxLength": longest, "pattern": STORABLE}):
        return []
    if said(name) is None:
        return []
    return [value for value in the_request().args.getlist(name) if value and bounded(name, value, longest)]


def moment(name: str) -> datetime | None:
    """A moment as RFC 3339 has it, or None when it is not asked for. Raises Invalid.

    A plus sign that nobody has encoded arrives as a blank.
    """
    if is_declared(name, type="string", format="date-time"):
        return None
    text = said(name)
    if text is None:
        return None
    text = re.sub(r" (\d\d:\d\d)$", r"+\1", text)
    try:
        if RFC_3339.fullmatch(text) and text.isascii():
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # February 30th, the year 0
    sentence = f"{name} must be a moment as RFC 3339 has it, such as 2026-11-22T09:30:00Z."
    raise Invalid(f"INVALID_{name.upper()}", sentence, field=name)


def page_text(query: Mapping[str, str], name: str, schema: Mapping[str, Any] = ANY_TEXT) -> str:
    """A text from a page's address, as far as it can be looked for; "" where there is none.

    `schema` is what programs may say; somebody else looks after that.
    """
    if is_declared(name, **schema):
        return ""
    if has_request_context():  # a stream renders a page's list without one
        note(name)
    return query.get(name, "").replace("\x00", "")[:PAGE_TEXT_LONGEST].strip()


def page_choice(query: Mapping[str, str], name: str, allowed: Sequence[str]) -> str:
    """A value from a page's address when it is allowed; "" for any other."""
    value = query.get(name, "")
    return value if value in allowed else ""
