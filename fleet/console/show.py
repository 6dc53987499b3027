"""`fleet config`: every setting, its value, and where that came from."""

from __future__ import annotations

import json

from fleet.config import Settings, specs


def as_lines(settings: Settings) -> str:
    """A table for people."""
    rows = [(name, _shown(getattr(settings, name)), settings.source(name)) for name in specs()]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    return "\n".join(f"{name:{widths[0]}}  {value:{widths[1]}}  {source}" for name, value, source in rows)


def as_json_text(settings: Settings) -> str:
    """An object for programs: name to value, source and reason."""
    shown = {
        name: {
            "value": getattr(settings, name),
            "source": settings.source(name),
            "default": spec.default,
            "variables": spec.variables,
            "reason": spec.reason,
        }
        for name, spec in specs().items()
    }
    return json.dumps(shown, indent=2)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "-"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if value != "" else "-"
