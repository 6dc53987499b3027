"""From and To of a list: days or moments in its address; a day counts whole, at either end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fleet.errors import Invalid

# What programs may say; nothing asks for nothing.
KINDS = ({"format": "date"}, {"format": "date-time"}, {"maxLength": 0})
DAY_OR_MOMENT = {"anyOf": [{"type": "string"} | kind for kind in KINDS]}


def moment(text: str, *, end: bool = False) -> datetime | None:
    """A day or a moment; of a day its beginning, or its `end`. None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        whole_day = end and len(text) == len("2026-11-22")
        return found.astimezone(UTC) + timedelta(days=1 if whole_day else 0)
    except OverflowError:
        return None


def require_good(**times: str) -> None:
    """For programs: raise Invalid for a time that a page would only ignore; empty ones are not asked for."""
    for name, text in times.items():
        if text and moment(text) is None:
            sentence = f"{name} must be a day (2026-11-22) or a moment as RFC 3339 has it."
            raise Invalid(f"INVALID_{name.upper()}", sentence, field=name)
