"""States as words and colours, times as people read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fleet import clock

# What pages call a state, in the order in which it asks for attention, and its colour.
STATES = {
    "waiting_feedback": ("Waiting for you", "yellow"),
    "error": ("Error", "red"),
    "warning": ("Warning", "yellow"),
    "answered": ("Answer sent", "cyan"),
    "active": ("Active", "green"),
    "finishing": ("Finishing", "green"),
    "offline": ("Offline", "bright_black"),
    "idle": ("Idle", None),
    "finished": ("Finished", "blue"),
}
# What an offline agent needs, after its state.
SILENT_NEEDS = {"waiting_feedback": ", asks", "error": ", failed"}
# What pages call a task's status.
STATUSES = {
    "pending": ("Waiting", "yellow"),
    "assigned": ("Assigned", "cyan"),
    "in_progress": ("In progress", "green"),
    "completed": ("Done", "blue"),
    "failed": ("Failed", "red"),
}
PRIORITIES = ("low", "medium", "high", "urgent")
COLOURS: dict[str, str | None] = dict([*STATES.values(), *STATUSES.values()]) | {
    STATES["offline"][0] + need: STATES[state][1] for state, need in SILENT_NEEDS.items()
}


def state_word(agent: dict[str, Any]) -> str:
    """An agent's state as people read it; who fell silent and still needs somebody says what for."""
    key = str(agent["state"])
    word = STATES[key][0] if key in STATES else key
    if key == "offline" and agent.get("needs_you"):
        return word + SILENT_NEEDS.get(str(agent["status"]), "")
    return word


def status_word(task: dict[str, Any]) -> str:
    """A task's status as people read it; one that others hold up says so."""
    status = task["status"]
    word = STATUSES[status][0] if status in STATUSES else status
    return f"{word} for others" if status == "pending" and task.get("waits_for") else word


def colour(word: str) -> str | None:
    """The colour of a state's word."""
    return COLOURS.get(word)


def repository(agent: dict[str, Any]) -> str:
    """The last part of the worktree's path."""
    worktree = str(agent["worktree"])
    return worktree.rstrip("/").rpartition("/")[2] or worktree


def age(stamp: str | None) -> str:
    """How long ago, in one unit."""
    return clock.age(datetime.fromisoformat(stamp)) if stamp else ""


def moment(stamp: str | None) -> str:
    """Date and time, here."""
    return f"{datetime.fromisoformat(stamp).astimezone():%Y-%m-%d %H:%M:%S}" if stamp else ""


def second(at: float) -> str:
    """Date and time, here, of seconds since 1970; a host may say of a time what is none."""
    try:
        return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M:%S}"
    except (OverflowError, OSError, ValueError):
        return "?"


def ago(stamp: str | None) -> str:
    """Date and time, and how long ago that was."""
    return f"{moment(stamp)} ({age(stamp)} ago)" if stamp else ""
