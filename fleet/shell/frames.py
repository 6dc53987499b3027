"""A frame of the stream in one line."""

from __future__ import annotations

from collections.abc import Callable

from fleet.client import Frame, Json
from fleet.shell import plain, screen, words

COLOURS = {"error": "red", "warning": "yellow", "success": "green"}


def summary(frame: Frame) -> str:
    """What a frame says, in words; its JSON keys where nobody has words for it."""
    say = SUMMARIES.get(frame.event)
    if say is None:
        return ", ".join(f"{name}={value}" for name, value in frame.data.items() if not isinstance(value, dict))
    try:
        return say(frame.data)
    except (KeyError, TypeError):
        return ""


def _status(data: Json) -> str:
    change = f"{data['old_status']} → {data['new_status']}" if data["old_status"] else data["new_status"]
    return f"{data['agent']['name']}: {change}"


def _task(data: Json) -> str:
    task = data["task"]
    return f"#{task['number']} {task['title']}: {task['status']}"


def _command(data: Json) -> str:
    command = data["command"]
    text = f"{command['type']}, {command['status']}: {command['content']}"
    return f"{text} → {command['response']}" if command["response"] else text


SUMMARIES: dict[str, Callable[[Json], str]] = {
    "agent_status_changed": _status,
    "agent_progress_updated": lambda data: f"{data['progress']} %, {data['files_changed']} files",
    "agent_question_posted": lambda data: f"{data['agent']['name']} asks: {data['question']}",
    "agent_event_created": lambda data: f"{data['event']['type']}: {data['event']['message']}",
    "agent_warning_posted": lambda data: str(data["warning"]),
    "agent_error_posted": lambda data: str(data["error"]),
    "agent_updated": lambda data: str(data["agent"]["name"]),
    "todo_updated": lambda data: f"{data['action']}: {data['todo']['text']}",
    "command_received": _command,
    "command_updated": _command,
    "task_assigned": _task,
    "task_created": _task,
    "task_updated": _task,
}


def frame_line(frame: Frame) -> str:
    """Position, name, agent and words of a frame."""
    parts = [frame.id, f"{plain.line(frame.event):22}", frame.data.get("agent_id") or "-", summary(frame)]
    return screen.fitted("  ".join([plain.line(parts[0]), parts[1], *map(plain.line, parts[2:])]).rstrip())


def event_line(event: Json, who: str | None = None) -> str:
    """Time, perhaps the agent, type and message of a line of activity."""
    kind = plain.line(event["type"])
    parts = [words.moment(event["timestamp"]), *([plain.line(who)] if who else [])]
    start = "  ".join(parts)
    text = screen.fitted(f"{start}  {kind}: {plain.line(event['message'])}")
    painted = f"{start}  {screen.paint(kind, COLOURS.get(event['type']))}:"
    return text.replace(f"{start}  {kind}:", painted, 1)
