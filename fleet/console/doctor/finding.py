"""One thing that a check has found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`level` is `ok`, `note` (nothing to do now), `warning` or `problem`; `remedy` says what helps."""

    check: str
    level: str
    text: str
    remedy: str = ""


def ok(check: str, text: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", text)


def note(check: str, text: str, remedy: str = "") -> Finding:
    """Worth knowing; nothing is wrong."""
    return Finding(check, "note", text, remedy)


def warning(check: str, text: str, remedy: str) -> Finding:
    """It works, and should be better."""
    return Finding(check, "warning", text, remedy)


def problem(check: str, text: str, remedy: str) -> Finding:
    """It does not work, or is not safe."""
    return Finding(check, "problem", text, remedy)
