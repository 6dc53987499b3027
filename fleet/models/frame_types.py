"""The types of the frames of `/v1/stream`: `journal.frames` fires these, and the API's description names them.

A frame is `{"event": name, "data": …}`; those of document 1 are sent to everybody,
the others to who asks for `events=all`.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from fleet.models.json_types import Agent, Command, Event, Moment, Stop, Task, Todo

Action = Literal["created", "updated", "deleted"]


class Connected(TypedDict):
    """The first frame: where the reader stands."""

    client_id: str
    timestamp: Moment
    cursor: str


class Reset(TypedDict):
    """The journal cannot tell what was missed: read everything anew, then go on from `cursor`."""

    reason: str
    cursor: str


class AgentStatusChanged(TypedDict):
    """An agent was created (`old_status` empty), changed its status, fell silent or came back."""

    agent: Agent
    agent_id: str
    new_status: str
    old_status: str


class AgentProgressUpdated(TypedDict):
    """Progress, or the figures from git."""

    agent_id: str
    files_changed: int
    lines_added: int
    lines_removed: int
    progress: int


class AgentQuestionPosted(TypedDict):
    """The agent asks a person."""

    agent: Agent
    agent_id: str
    question: str | None


class AgentEventCreated(TypedDict):
    """A line of activity."""

    agent_id: str
    event: Event


class AgentWarningPosted(TypedDict):
    """A line of activity of that type; `agent` is null, as document 1 has it."""

    agent: Agent | None
    agent_id: str
    warning: str


class AgentErrorPosted(TypedDict):
    """The same of an error."""

    agent: Agent | None
    agent_id: str
    error: str


class TodoUpdated(TypedDict):
    """A line of an agent's list."""

    action: Action
    agent_id: str
    todo: Todo


class TaskAssigned(TypedDict):
    """A task was given to an agent, or taken by it."""

    agent_id: str | None
    task: Task


class OfCommand(TypedDict):
    """A command was queued, waits because its agent is held, or was read, answered, canceled, expired."""

    agent_id: str
    command: Command


class AgentUpdated(TypedDict):
    """Something else about an agent."""

    agent: Agent
    agent_id: str


class AgentDeleted(TypedDict):
    """An agent and all that belonged to it are gone."""

    agent_id: str


class OfTask(TypedDict):
    """A task was made, or changed in another way than by assignment."""

    task: Task


class TaskDeleted(TypedDict):
    """A task is gone."""

    task_id: str


class OfStop(TypedDict):
    """The fleet, or one agent, was held, or let go on."""

    stop: Stop


class StopWhole(TypedDict):
    """Everybody at work has been told."""

    stop_id: str


class StopAcknowledged(TypedDict):
    """An agent has answered a stop."""

    stop_id: str
    agent_id: str
    outcome: str


class NoticesChanged(TypedDict):
    """What is told to people has changed; each reads their own."""


FRAMES: dict[str, Any] = {
    "connected": Connected,
    "reset": Reset,
    "agent_status_changed": AgentStatusChanged,
    "agent_progress_updated": AgentProgressUpdated,
    "agent_question_posted": AgentQuestionPosted,
    "agent_event_created": AgentEventCreated,
    "agent_warning_posted": AgentWarningPosted,
    "agent_error_posted": AgentErrorPosted,
    "todo_updated": TodoUpdated,
    "task_assigned": TaskAssigned,
    "command_received": OfCommand,
    "command_held": OfCommand,
    "command_updated": OfCommand,
    "agent_updated": AgentUpdated,
    "agent_deleted": AgentDeleted,
    "task_created": OfTask,
    "task_updated": OfTask,
    "task_deleted": TaskDeleted,
    "fleet_paused": OfStop,
    "fleet_stopped": OfStop,
    "fleet_resumed": OfStop,
    "agent_stopped": OfStop,
    "agent_resumed": OfStop,
    "stop_whole": StopWhole,
    "stop_acknowledged": StopAcknowledged,
    "notices_changed": NoticesChanged,
}
