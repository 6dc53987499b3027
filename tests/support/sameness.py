"""Comparing what was recorded with what comes: values alike, ids and times by kind."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass
class Sameness:
    """Compares; remembers which of our ids stands for which recorded one, so that references are compared too."""

    ids: dict[str, str] = field(default_factory=dict)

    def differences(self, recorded: Any, ours: Any, place: str = "") -> list[str]:
        """Where ours lacks or says otherwise what was recorded; fields that were added are no difference."""
        if isinstance(recorded, dict) and isinstance(ours, dict):
            return [
                line
                for name, value in recorded.items()
                for line in (
                    self.differences(value, ours[name], f"{place}.{name}")
                    if name in ours
                    else [f"{place}.{name} is missing"]
                )
            ]
        if isinstance(recorded, list) and isinstance(ours, list):
            if len(recorded) != len(ours):
                return [f"{place}: {len(ours)} items instead of {len(recorded)}"]
            pairs = enumerate(zip(recorded, ours, strict=True))
            return [line for n, (a, b) in pairs for line in self.differences(a, b, f"{place}[{n}]")]
        return [] if self.alike(recorded, ours, place) else [f"{place}: {ours!r} instead of {recorded!r}"]

    def alike(self, recorded: Any, ours: Any, place: str) -> bool:
        """True for the same value of the same type; for an id or a time, for one of the same kind."""
        if isinstance(recorded, str) and place.endswith(".client_id"):
            return isinstance(ours, str) and ours.startswith("client_")
        if isinstance(recorded, str) and UUID.fullmatch(recorded):
            return isinstance(ours, str) and bool(ours) and self.ids.setdefault(recorded, ours) == ours
        if isinstance(recorded, str) and RFC3339.fullmatch(recorded):
            return isinstance(ours, str) and bool(RFC3339.fullmatch(ours))
        return type(recorded) is type(ours) and recorded == ours
