"""Document 1's stream frames, fired from here and nowhere else.

Names, fields and order are those of the recording. What document 1 has no name
for (a command's answer, a deleted agent, a renamed task) is a journal row too,
so that pages follow it, but `/v1/stream` shows such rows only on request.
"""

from __future__ import annotations

from typing import Any

from fleet.db import Transaction
from fleet.models import shapes

DOCUMENTED = frozenset(
    {
        "agent_status_changed",
        "agent_progress_updated",
        "agent_question_posted",
        "agent_event_created",
        "agent_warning_posted",
        "agent_error_posted",
        "todo_updated",
        "task_assigned",
        "command_received",
        "connected",
    }
)


def agent_status_changed(tx: Transaction, agent: Any, old: str, new: str) -> None:
    """An agent was created (`old` empty), changed its status, fell silent or came back."""
    data = {
        "agent": shapes.agent(agent),
        "agent_id": agent.id,
        "new_status": new,
        "old_status": old,
    }
    action = "updated" if old else "created"
    tx.announce("agent_status_changed", "agent", agent.id, action, data, agent.id)


def agent_progress_updated(tx: Transaction, agent: Any) -> None:
    """Progress or the figures from git changed."""
    data = {
        "agent_id": agent.id,
        "files_changed": agent.files_changed,
        "lines_added": agent.lines_added,
        "lines_removed": agent.lines_removed,
        "progress": agent.progress,
    }
    tx.announce("agent_progress_updated", "agent", agent.id, "updated", data, agent.id)


def agent_question_posted(tx: Transaction, agent: Any) -> None:
    """The agent asks a person."""
    data = {
        "agent": shapes.agent(agent),
        "agent_id": agent.id,
        "question": agent.pending_question,
    }
    tx.announce("agent_question_posted", "agent", agent.id, "updated", data, agent.id)


def agent_updated(tx: Transaction, agent: Any) -> None:
    """Something else about an agent changed (not in document 1)."""
    data = {"agent": shapes.agent(agent), "agent_id": agent.id}
    tx.announce("agent_updated", "agent", agent.id, "updated", data, agent.id)


def agent_deleted(tx: Transaction, agent_id: str) -> None:
    """An agent and all that belonged to it are gone (not in document 1)."""
    data = {"agent_id": agent_id}
    tx.announce("agent_deleted", "agent", agent_id, "deleted", data, agent_id)


def todo_updated(tx: Transaction, todo: Any, action: str) -> None:
    """A todo was `created`, `updated` or `deleted`."""
    data = {"action": action, "agent_id": todo.agent_id, "todo": shapes.todo(todo)}
    tx.announce("todo_updated", "todo", todo.id, action, data, todo.agent_id)


def announced(command: Any, *, held: bool = False) -> shapes.JSON:
    """A command as everybody may read it: of work for a host neither the text nor what came of it.

    Frames reach viewers, who read neither (security.md 2).
    """
    shown = shapes.command(command, held=held)
    return shown | {"content": "", "response": None} if command.type == "shell" else shown


def command_received(tx: Transaction, command: Any) -> None:
    """A command was queued for an agent."""
    data = {"agent_id": command.agent_id, "command": announced(command)}
    tx.announce("command_received", "command", command.id, "created", data, command.agent_id)


def command_held(tx: Transaction, command: Any) -> None:
    """A command waits because its agent is paused or the fleet stopped (not in document 1)."""
    data = {"agent_id": command.agent_id, "command": announced(command, held=True)}
    tx.announce("command_held", "command", command.id, "created", data, command.agent_id)


def command_updated(tx: Transaction, command: Any) -> None:
    """A command was read, answered, canceled or has expired (not in document 1)."""
    data = {"agent_id": command.agent_id, "command": announced(command)}
    tx.announce("command_updated", "command", command.id, "updated", data, command.agent_id)


def task_assigned(tx: Transaction, task: Any, *, created: bool = False) -> None:
    """A task was given to an agent, or taken by it."""
    data = {"agent_id": task.assigned_agent_id, "task": shapes.task(task)}
    action = "created" if created else "updated"
    tx.announce("task_assigned", "task", task.id, action, data, task.assigned_agent_id)


def task_held(tx: Transaction, task: Any, *, created: bool = False) -> None:
    """A task was given to an agent that is held: no `task_assigned` sets it to work (not in document 1)."""
    action = "created" if created else "updated"
    data = {"task": shapes.task(task)}
    tx.announce(f"task_{action}", "task", task.id, action, data, task.assigned_agent_id)


def task_created(tx: Transaction, task: Any) -> None:
    """A task nobody has yet was created (not in document 1)."""
    tx.announce("task_created", "task", task.id, "created", {"task": shapes.task(task)})


def task_updated(tx: Transaction, task: Any) -> None:
    """A task changed in another way than by assignment (not in document 1)."""
    data = {"task": shapes.task(task)}
    tx.announce("task_updated", "task", task.id, "updated", data, task.assigned_agent_id)


def task_deleted(tx: Transaction, task_id: str) -> None:
    """A task is gone (not in document 1)."""
    tx.announce("task_deleted", "task", task_id, "deleted", {"task_id": task_id})


def stop_began(tx: Transaction, stop: Any) -> None:
    """The fleet was paused or stopped, or one agent stopped (not in document 1, as all that concerns stops)."""
    of_fleet = "fleet_stopped" if stop.kind == "stop" else "fleet_paused"
    kind = of_fleet if stop.agent_id is None else "agent_stopped"
    tx.announce(kind, "stop", stop.id, "created", {"stop": shapes.stop(stop)}, stop.agent_id)


def stop_swept(tx: Transaction, stop: Any) -> None:
    """Everybody at work has been told to stop."""
    tx.announce("stop_whole", "stop", stop.id, "updated", {"stop_id": stop.id})


def stop_acknowledged(tx: Transaction, stop_id: str, agent_id: str, outcome: str) -> None:
    """An agent has answered a stop."""
    data = {"stop_id": stop_id, "agent_id": agent_id, "outcome": outcome}
    tx.announce("stop_acknowledged", "stop", stop_id, "updated", data, agent_id)


def stop_ended(tx: Transaction, stop: Any) -> None:
    """Somebody has resumed the fleet, or the one agent that was stopped."""
    kind = "fleet_resumed" if stop.agent_id is None else "agent_resumed"
    tx.announce(kind, "stop", stop.id, "updated", {"stop": shapes.stop(stop)}, stop.agent_id)


def agent_event_created(tx: Transaction, event: Any) -> None:
    """A line was added to an agent's activity; warnings and errors fire a second frame."""
    data = {"agent_id": event.agent_id, "event": shapes.event(event)}
    tx.announce("agent_event_created", "event", event.id, "created", data, event.agent_id)
    if event.type in ("warning", "error"):
        # The recording has `"agent": null` here; it stays so.
        posted = {"agent": None, "agent_id": event.agent_id, event.type: event.message}
        tx.announce(f"agent_{event.type}_posted", "event", event.id, "created", posted, event.agent_id)
