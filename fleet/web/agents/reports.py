"""What an agent says of itself, by whichever call: document 1's POST and PATCH, document 4's heartbeat."""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, UnsetType

from fleet.models.json_types import AgentStatus
from fleet.web.http.bodies import Body, Count, Line, Name, Options, Progress, Text


class AgentReport(Body):
    """The fields that every report may have; a field that may be null is emptied by null."""

    wrong: ClassVar = {
        "status": "Invalid agent status",
        "progress": "Progress must be a whole number from 0 to 100",
    }
    # What the agent says in its own words.
    masked: ClassVar = ("current_task", "pending_question", "question_options")

    name: Name | UnsetType = UNSET
    status: AgentStatus | UnsetType = UNSET
    current_task: Line | UnsetType | None = UNSET
    progress: Progress | UnsetType = UNSET
    files_changed: Count | UnsetType = UNSET
    lines_added: Count | UnsetType = UNSET
    lines_removed: Count | UnsetType = UNSET
    last_commit: Name | UnsetType | None = UNSET
    pending_question: Text | UnsetType | None = UNSET
    question_options: Options | UnsetType = UNSET
