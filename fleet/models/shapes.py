"""The JSON of /v1: one function per noun.

Document 1's fields first, in the recording's order, then Fleet's. They stand
with the models because the journal stores each frame's JSON as committed
(design.md, "The journal is the spine"); `fleet.web` answers with the same ones.
Each takes anything with the columns as attributes: a row or a mapped object.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from fleet.models.agent import readings

JSON = dict[str, Any]


AGENT = (
    "id",
    "name",
    "status",
    "current_task",
    "worktree",
    "files_changed",
    "lines_added",
    "lines_removed",
    "last_commit",
    "progress",
    "pending_question",
    "created_at",
    "updated_at",
    "kind",
    "connection",
    "hostname",
    "machine_address",
    "repo_path",
    "last_seen_at",
    "version",
    "issue_ids",
    "capabilities",
    "tags",
    "question_options",
    "paused_at",
    "paused_by",
    "pause_reason",
    "stop_id",
)
_of_agent = attrgetter(*AGENT)
TASK = (
    "id",
    "title",
    "description",
    "assigned_agent_id",
    "status",
    "priority",
    "created_at",
    "assigned_at",
    "completed_at",
    "number",
    "labels",
    "depends_on",
    "required_capabilities",
    "waits_for",
    "result",
    "failure_reason",
    "started_at",
    "lease_expires_at",
    "updated_at",
    "created_by",
    "created_by_id",
)
_of_task = attrgetter(*TASK)
EVENT = ("id", "agent_id", "type", "message", "metadata", "timestamp")


def agent(a: Any) -> JSON:
    """An agent, as every call and frame shows it.

    `state` is the one word for it that pages show, of status, connection and
    whether somebody has answered; `needs_you` says whether a person has to act.
    """
    return dict(zip(AGENT, _of_agent(a), strict=True)) | readings.as_json(a)


def todo(t: Any) -> JSON:
    """A line of an agent's list."""
    return {
        "id": t.id,
        "agent_id": t.agent_id,
        "text": t.text,
        "completed": t.completed,
        "current": t.current,
        "order": t.order,
        "created_at": t.created_at,
        "completed_at": t.completed_at,
    }


def command(c: Any, *, held: bool = False) -> JSON:
    """Something an agent is told; `held` while it waits because the agent is paused or the fleet stopped.

    `outcome` tells an expired command from a done one (contract.md). Of work for a
    host `execution` tells the rest, where it is asked for (`fleet.models.execution`).
    """
    return {
        "id": c.id,
        "agent_id": c.agent_id,
        "content": c.content,
        "type": c.type,
        "response": c.response,
        "status": c.status,
        "sent_at": c.sent_at,
        "responded_at": c.responded_at,
        "state": c.state,
        "outcome": c.outcome,
        "answers": c.answers,
        "acknowledged_at": c.acknowledged_at,
        "expires_at": c.expires_at,
        "stop_id": c.stop_id,
        "bulk_id": c.bulk_id,
        "held": held,
        "execution": None,
    }


def task(t: Any) -> JSON:
    """Work to be given out. `waits_for` are the ids in `depends_on` that are not completed yet."""
    return dict(zip(TASK, _of_task(t), strict=True))


def stop(s: Any) -> JSON:
    """The fleet held still, or one agent (`agent_id`): `whole` once everybody who is to be told has been."""
    return {
        "id": s.id,
        "kind": s.kind,
        "reason": s.reason,
        "by": s.by_name,
        "by_id": s.by_id,
        "at": s.at,
        "active": s.resumed_at is None,
        "whole": s.swept_at is not None,
        "resumed_at": s.resumed_at,
        "resumed_by": s.resumed_by,
        "followed_by": s.followed_by,
        "agent_id": s.agent_id,
        "agent_name": s.agent_name,
    }


def event(e: Any) -> JSON:
    """A line of an agent's activity log."""
    return {
        "id": e.id,
        "agent_id": e.agent_id,
        "type": e.type,
        "message": e.message,
        "metadata": e.details,
        "timestamp": e.timestamp,
    }


def offspring(row: Any) -> dict[str, Any]:
    """A token or key as what another one made: enough to know it by."""
    kinds = {"token": "token", "agent": "agent_key", "enrolment": "enrolment_key"}
    return {
        "kind": kinds[row.kind],
        "id": row.id,
        "name": row.name,
        "role": row.role,
        "agent_id": row.agent_id,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
        "expires_at": row.expires_at,
    }
