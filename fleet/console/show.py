"""`fleet config`: every setting, its value, and where that came from."""

from __future__ import annotations

import json
from contextlib import suppress

from fleet.client import token_file
from fleet.config import Settings, specs
from fleet.config.shown import shown, table


def as_lines(settings: Settings) -> str:
    """A table for people."""
    rows = [(name, value, source) for name, value, source, _ in table(settings)]
    with suppress(RuntimeError):  # nobody knows where this user is at home
        rows.append(("token_file", str(token_file.path()), "no setting: where commands of this user find tokens"))
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    return "\n".join(f"{name:{widths[0]}}  {value:{widths[1]}}  {source}" for name, value, source in rows)


def as_json_text(settings: Settings) -> str:
    """An object for programs: name to value, source and reason."""
    rows = {
        name: {
            "value": shown(settings, name),
            "source": settings.source(name),
            "default": spec.default,
            "variables": spec.variables,
            "reason": spec.reason,
        }
        for name, spec in specs().items()
    }
    return json.dumps(rows, indent=2)
