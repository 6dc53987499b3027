"""The types of what /v1 answers with: `shapes` makes these, and the API's description is made of them.

Document 1's fields first, then Fleet's. Moments are RFC 3339 in UTC; null stands
for what is not known, not set, or has not happened.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypedDict

from msgspec import Meta

AgentStatus = Literal["idle", "active", "waiting_feedback", "error", "finished", "warning", "shutting_down"]
AgentState = Literal[
    "waiting_feedback", "error", "warning", "answered", "active", "finishing", "offline", "idle", "finished"
]
Connection = Literal["online", "offline", "unknown"]
TaskStatus = Literal["pending", "assigned", "in_progress", "completed", "failed"]
Role = Literal["viewer", "operator", "admin"]
Priority = Literal["low", "medium", "high", "urgent"]
WordsType = Literal["instruction", "feedback", "question"]
CommandType = Literal["instruction", "feedback", "question", "shell"]
CommandStatus = Literal["sent", "acknowledged", "completed"]
Outcome = Literal["succeeded", "failed", "timed_out", "canceled", "expired", "unknown"]
AgentName = Annotated[str, Meta(examples=["Reviewer"])]
Moment = Annotated[datetime, Meta(tz=True, examples=["2026-11-22T09:30:00Z"])]
Percent = Annotated[int, Meta(ge=0, le=100, examples=[45])]
Amount = Annotated[int, Meta(ge=0)]


class Agent(TypedDict):
    """An agent: what it says of itself, whether it can be reached, and what pages show of both."""

    id: Annotated[str, Meta(examples=["agent-5f0c2a9d1b7e"])]
    name: AgentName
    status: AgentStatus
    current_task: Annotated[str | None, Meta(examples=["Move the billing client to version 3"])]
    worktree: Annotated[str, Meta(examples=["/srv/trees/billing"])]
    files_changed: Amount
    lines_added: Amount
    lines_removed: Amount
    last_commit: str | None
    progress: Percent
    pending_question: str | None
    created_at: Moment
    updated_at: Moment
    kind: Literal["coding", "host"]
    connection: Connection
    hostname: str | None
    machine_address: str | None
    repo_path: str | None
    last_seen_at: Moment | None
    version: Annotated[int, Meta(ge=1, description="Counts every write; `ETag` is made of it.")]
    issue_ids: list[str]
    capabilities: list[str]
    tags: list[str]
    question_options: list[str]
    paused_at: Moment | None
    paused_by: str | None
    pause_reason: str | None
    stop_id: Annotated[str | None, Meta(description="The stop of this agent alone that paused it.")]
    state: Annotated[AgentState, Meta(description="The one word for it that pages show.")]
    state_since: Moment
    needs_you: Annotated[bool, Meta(description="Whether a person has to act.")]


class Todo(TypedDict):
    """A line of an agent's list."""

    id: str
    agent_id: str
    text: Annotated[str, Meta(examples=["Read the diff"])]
    completed: bool
    current: bool
    order: int
    created_at: Moment
    completed_at: Moment | None


class LeftProcess(TypedDict):
    """A process of a command that was still there when it ended."""

    pid: int
    name: str


class Execution(TypedDict):
    """How work for a host went. Secrets in `params` are masked; values of the environment and the input are not shown."""

    params: Annotated[dict[str, Any], Meta(examples=[{"command": "df -h", "timeout": 60}])]
    exit_code: int | None
    signal: Annotated[str | None, Meta(examples=["SIGKILL"])]
    reason: Annotated[str | None, Meta(description="Why it could not be run, or nobody can tell.")]
    duration_ms: int | None
    stdout_bytes: Amount
    stderr_bytes: Amount
    dropped_bytes: Annotated[int, Meta(ge=0, description="What was printed beyond what is kept.")]
    masked_secrets: Amount
    left: list[LeftProcess]
    started_at: Moment | None
    finished_at: Moment | None
    cancel_requested_at: Moment | None
    canceled_by: str | None


class Command(TypedDict):
    """Something an agent is told, and what came of it."""

    id: str
    agent_id: str
    content: Annotated[str, Meta(examples=["Rebase on main first"])]
    type: CommandType
    response: str | None
    status: CommandStatus
    sent_at: Moment
    responded_at: Moment | None
    state: str
    outcome: Outcome | None
    answers: Annotated[str | None, Meta(description="The question that it answers.")]
    acknowledged_at: Moment | None
    expires_at: Moment | None
    stop_id: str | None
    bulk_id: Annotated[str | None, Meta(description="What was said to many agents at once.")]
    held: Annotated[bool, Meta(description="Waits because the agent is paused or the fleet stopped.")]
    execution: Annotated[Execution | None, Meta(description="Of work for a host, for operators.")]


class ToldCommand(Command):
    """One agent's command, whose it is and where it stands."""

    agent_name: str
    standing: Literal["answered", "read", "silent", "expired", "withdrawn"]


class Task(TypedDict):
    """Work to be given out."""

    id: str
    title: Annotated[str, Meta(examples=["Fix the rounding"])]
    description: Annotated[str, Meta(examples=["Cents are lost in refunds."])]
    assigned_agent_id: str | None
    status: TaskStatus
    priority: Priority
    created_at: Moment
    assigned_at: Moment | None
    completed_at: Moment | None
    number: Annotated[int, Meta(ge=1)]
    labels: list[str]
    depends_on: list[str]
    required_capabilities: list[str]
    waits_for: Annotated[list[str], Meta(description="Those of `depends_on` that are not completed yet.")]
    result: str | None
    failure_reason: str | None
    started_at: Moment | None
    lease_expires_at: Moment | None
    updated_at: Moment
    created_by: str | None
    created_by_id: str | None


class PastClaim(TypedDict):
    """One claim of a task, how it ended, and what came too late."""

    task_id: str
    fence: Annotated[int, Meta(ge=1)]
    agent_id: str
    claimed_at: Moment
    ended_at: Moment | None
    ending: Literal["completed", "failed", "released", "revoked", "stopped", "expired"] | None
    answer: Annotated[str | None, Meta(description="The result or the reason that ended it.")]
    late_answer: str | None
    late_at: Moment | None


class AttemptedTask(Task):
    """A task with one agent's claims of it, the latest first."""

    claims: list[PastClaim]


class Stop(TypedDict):
    """The fleet or one agent held still: by whom, why, and until when."""

    id: str
    kind: Literal["pause", "stop"]
    reason: str | None
    by: str
    by_id: str
    at: Moment
    active: bool
    whole: Annotated[bool, Meta(description="Everybody at work has been told.")]
    resumed_at: Moment | None
    resumed_by: str | None
    followed_by: str | None
    agent_id: Annotated[str | None, Meta(description="The one agent that it holds; null for the fleet.")]
    agent_name: str | None


class Event(TypedDict):
    """A line of an agent's activity."""

    id: str
    agent_id: str
    type: Annotated[str, Meta(examples=["commit"])]
    message: Annotated[str, Meta(examples=["Committed 3 files"])]
    metadata: dict[str, Any] | None
    timestamp: Moment
