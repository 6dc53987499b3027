"""How what an agent ran ended, as far as its line tells: a program's result in the metadata, or the message's words."""

from __future__ import annotations

import re
from typing import Any

PASSED, FAILED = "passed", "failed"
# Types that speak of something that was run; others say nothing of an outcome, whatever words are in them.
RUNS = frozenset({"test", "tests", "build", "check", "checks", "ci", "lint", "run", "deploy"})
WORDS = {
    "passed": PASSED,
    "pass": PASSED,
    "success": PASSED,
    "succeeded": PASSED,
    "ok": PASSED,
    "failed": FAILED,
    "fail": FAILED,
    "failure": FAILED,
    "error": FAILED,
}
FAILURES = re.compile(r"\b(\d[\d,]{0,12}) (?:failed|failures?|errors?)\b")
NONE_FAILED = re.compile(r"\b(?:no|0) (?:failed|failures?|errors?)\b")
BAD = re.compile(r"\b(?:failed|failing|failure|fails)\b")
GOOD = re.compile(r"\b(?:passed|passes|succeeded|green)\b")


def outcome(kind: str, message: str, details: dict[str, Any] | None) -> str | None:
    """`passed`, `failed`, or None where the line is of no run or does not tell."""
    words = kind.lower().replace("-", "_").split("_")
    if len(words) == 1 and words[0] in (PASSED, FAILED):
        return words[0]
    if words[0] not in RUNS:
        return None
    if len(words) > 1:
        return WORDS.get(words[-1])
    return told(details or {}) or read(message)


def told(details: dict[str, Any]) -> str | None:
    """What the metadata says: `passed` or `ok` (true, false), `exit_code`, or a word as `outcome`, `result`, `status`."""
    for name in ("passed", "ok", "success"):
        if isinstance(details.get(name), bool):
            return PASSED if details[name] else FAILED
    for name in ("exit_code", "exit"):
        if type(details.get(name)) is int:
            return FAILED if details[name] else PASSED
    if type(details.get("failed")) in (bool, int):
        return FAILED if details["failed"] else PASSED
    for name in ("outcome", "result", "status", "conclusion"):
        if isinstance(details.get(name), str):
            return WORDS.get(details[name].lower())
    return None


def read(message: str) -> str | None:
    """What the message says, its beginning as pages show it; one failure outweighs any number that passed."""
    text = message[:600].lower()
    if any(count.replace(",", "").strip("0") for count in FAILURES.findall(text)):
        return FAILED
    rest = NONE_FAILED.sub("", text)
    rest = FAILURES.sub("", rest)
    if BAD.search(rest):
        return FAILED
    return PASSED if GOOD.search(rest) or rest != text else None
