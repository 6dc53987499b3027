"""Who may: one table for every route; a route that is not in it is refused (security.md 1).

Endpoints are named without their mount: `agents.create` stands for
`POST /agents` and `POST /v1/agents` alike.
"""

from __future__ import annotations

OPEN = "open"
ROLES = ("viewer", "operator", "admin")

POLICY: dict[str, str] = {
    "static": OPEN,
    "health.show": OPEN,
    "sessions.new": OPEN,
    "sessions.create": OPEN,
    "sessions.delete": "viewer",
    "overview.show": "viewer",
    "activity.index": "viewer",
    "activity.export": "viewer",
    "search.show": "viewer",
    "live.pages": "viewer",
    "stream.show": "viewer",
    "stream_tickets.create": "viewer",
    "agents.index": "viewer",
    "agents.show": "viewer",
    "agent_pages.new": "viewer",
    "agent_pages.tab": "viewer",
    "agents.create": "operator",
    "agents.edit": "operator",
    "agents.delete": "admin",
    "bulk_commands.create": "operator",
    "bulk_tags.create": "operator",
    "bulk_deletions.create": "admin",
    "heartbeats.create": "operator",
    "answers.create": "operator",
    "dismissals.create": "operator",
    "todos.index": "viewer",
    "todos.create": "operator",
    "todos.edit": "operator",
    "todos.delete": "operator",
    "commands.index": "viewer",
    "commands.show": "viewer",
    "commands.create": "operator",
    "commands.edit": "operator",
    "commands.delete": "operator",
    "events.index": "viewer",
    "events.create": "operator",
    "tasks.index": "viewer",
    "tasks.show": "viewer",
    "tasks.create": "operator",
    "tasks.edit": "operator",
    "tasks.delete": "operator",
    "task_form_pages.new": "operator",
    "task_form_pages.edit": "operator",
    "task_form_pages.assignee": "operator",
    "task_exports.show": "viewer",
    "task_claims.take_next": "operator",
    "task_claims.index": "viewer",
    "task_claims.create": "operator",
    "task_claims.edit": "operator",
    "task_claims.delete": "operator",
    "task_endings.complete": "operator",
    "task_endings.fail": "operator",
    "system.show": "admin",
    "metrics.show": OPEN,  # the setting `metrics` says to whom; off, and for others, it is 404
    "fleet.status": "viewer",
    "fleet.recent_updates": "viewer",
}


def required(endpoint: str) -> str | None:
    """The least role for an endpoint, OPEN, or None when the table does not know it."""
    return POLICY.get(endpoint.removeprefix("v1_"))


def allows(role: str, least: str) -> bool:
    """True when `role` is `least` or above it."""
    return ROLES.index(role) >= ROLES.index(least)
