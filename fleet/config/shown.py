"""Settings as people may see them: passwords in addresses are masked."""

from __future__ import annotations

import re
from typing import Any

from fleet.config.table import Settings, specs

PASSWORD = re.compile(r"(?P<before>://[^/@\s:]*):[^/@\s]+@")


def shown(settings: Settings, name: str) -> Any:
    """The value of one setting, for programs."""
    value = getattr(settings, name)
    return PASSWORD.sub(r"\g<before>:***@", value) if isinstance(value, str) else value


def as_text(value: object) -> str:
    """A value for people: `-` for nothing."""
    if isinstance(value, tuple):
        return ", ".join(value) or "-"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if value != "" else "-"


def holds_secret(settings: Settings, name: str) -> bool:
    """Whether a setting's value must not be read by everybody."""
    value = getattr(settings, name)
    return isinstance(value, str) and PASSWORD.search(value) is not None


def table(settings: Settings) -> list[tuple[str, str, str, str]]:
    """Every setting: name, value for people, source, reason."""
    return [
        (name, as_text(shown(settings, name)), settings.source(name), spec.reason) for name, spec in specs().items()
    ]
