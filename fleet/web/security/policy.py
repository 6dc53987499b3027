"""Who may: one table for every route; a route that is not in it is refused (security.md 1).

Endpoints are named without their mount: `agents.create` stands for
`POST /agents` and `POST /v1/agents` alike. `POLICY` names the least role of a
person or a token; `AGENTS_OWN` says what an agent's own key may besides, and
how it is told that the object is the agent's own (security.md 4, 5).
"""

from __future__ import annotations

from dataclasses import dataclass

OPEN = "open"
# A viewer's, and everybody's with --dev on loopback: what holds no data (the one exception from security.md 3).
OPEN_IN_DEVELOPMENT = "viewer, open with --dev on loopback"
ROLES = ("viewer", "operator", "admin")
AGENT = "agent"  # the role of an agent's own key

POLICY: dict[str, str] = {
    "static": OPEN,
    "health.show": OPEN,
    "sessions.new": OPEN,
    "sessions.create": OPEN,
    "sessions.delete": "viewer",
    "account.show": "viewer",
    "account.edit": "viewer",
    "passwords.edit": "viewer",
    "devices.index": "viewer",
    "devices.delete": "viewer",
    # One's own notices only; the questions in them a viewer reads on the pages too.
    "notice_pages.show": "viewer",
    "notice_channels.index": "viewer",
    "notice_channels.create": "viewer",
    "notice_channels.show": "viewer",
    "notice_channels.edit": "viewer",
    "notice_channels.delete": "viewer",
    "notice_kinds.edit": "viewer",
    "notice_keys.show": "viewer",
    "notice_keys.create": "viewer",
    "notice_tests.create": "viewer",
    "notice_pickups.create": "viewer",
    "notices.index": "viewer",
    "notices.retry": "viewer",
    "quiet_hours.show": "viewer",
    "quiet_hours.edit": "viewer",
    "quiet_hours.delete": "viewer",
    "tokens.index": "viewer",  # one's own; an administrator sees all
    "tokens.create": "viewer",  # no role above one's own
    "tokens.delete": "viewer",  # one's own; an administrator any
    "tokens.offspring": "viewer",  # of one's own; an administrator of any
    "people.index": "admin",
    "people.show": "admin",
    "people.create": "admin",
    "people.edit": "admin",
    "person_links.create": "admin",
    "agent_keys.index": "admin",
    "agent_keys.create": "admin",
    "agent_keys.delete": "admin",
    "agent_keys.offspring": "admin",
    "enrolment_keys.index": "admin",
    "enrolment_keys.create": "admin",
    "enrolment_keys.delete": "admin",
    "enrolments.create": OPEN,  # the enrolment key in it is the right to it
    "overview.show": "viewer",
    "hosts.index": "viewer",
    "hosts.matches": "viewer",
    "hosts.rows": "viewer",
    "new_host.show": "viewer",
    "host_pages.overview": "viewer",
    "host_pages.tab": "viewer",
    "host_pages.gauges": "viewer",  # without the names of processes
    "host_commands.show": "viewer",  # without text and output, which operators read (security.md 2)
    "host_commands.output": "operator",
    "host_commands.raw": "operator",
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
    "command_outputs.show": "operator",
    "command_outputs.stream": "operator",
    "host_logs.stream": "operator",
    "host_metrics.show": "viewer",
    "host_metrics.stream": "viewer",
    "bulk_commands.create": "operator",
    "bulk_commands.show": "viewer",
    "bulk_tags.create": "operator",
    "bulk_pauses.create": "operator",
    "bulk_resumptions.create": "operator",
    "bulk_assignments.create": "operator",
    "bulk_deletions.create": "admin",
    "heartbeats.create": "operator",
    "answers.create": "operator",
    "answers.delete": "operator",
    "dismissals.create": "operator",
    "dismissals.delete": "operator",
    "pauses.create": "operator",
    "pauses.delete": "operator",
    "agent_tasks.index": "viewer",
    "stops.index": "viewer",
    "stops.show": "viewer",
    "stops.create": "operator",
    "stops.resume": "operator",
    "stop_pages.new": "operator",
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
    "task_form_pages.retry": "operator",
    "task_exports.show": "viewer",
    "task_claims.take_next": "operator",
    "task_claims.index": "viewer",
    "task_claims.create": "operator",
    "task_claims.edit": "operator",
    "task_claims.delete": "operator",
    "task_endings.complete": "operator",
    "task_endings.fail": "operator",
    "audit.index": "admin",
    "audit_exports.show": "admin",
    "audit_verifications.create": "admin",
    "audit_verifications.show": "admin",
    "system.show": "admin",
    "metrics.show": OPEN,  # the setting `metrics` says to whom; off, and for others, it is 404
    "fleet.status": "viewer",
    "fleet.recent_updates": "viewer",
    "link.open": AGENT,
    "transfers.create": AGENT,
    "transfers.show": AGENT,
    "files.show": "operator",
    "files.create": "operator",
    "deployments.create": "admin",
    "deployments.show": "admin",
    "deploy.create": "admin",
    "install_script.show": OPEN,  # the enrolment key in its address is the right to it
    # Document 3's; what hosts were told and have printed is for operators (security.md 2).
    "api_agents.index": "viewer",
    "api_agents.show": "viewer",
    "api_agents.delete": "admin",
    "api_reports.create": AGENT,
    "api_commands.index": "operator",
    "api_commands.create": "operator",
    "api_commands.show": "operator",
    "api_commands.delete": "operator",
    "api_streams.commands": "operator",
    "api_streams.metrics": "viewer",
    "api_logs.stream": "operator",
    "openapi.document": OPEN_IN_DEVELOPMENT,
    "openapi.show": OPEN_IN_DEVELOPMENT,
}

# How an agent's key is held to its own agent.
PATH = "path"  # the URL names the agent
BODY = "body"  # the body names the agent; the view asks `auth.speak_for`
HELD = "held"  # the URL names a task that the agent has or had
OWN = "own"  # nothing is named: the key alone says whose it is

AGENTS_OWN: dict[str, str] = {
    "agents.show": PATH,
    "agents.edit": PATH,
    "heartbeats.create": BODY,
    "todos.index": PATH,
    "todos.create": PATH,
    "todos.edit": PATH,
    "todos.delete": PATH,
    "commands.index": PATH,
    "commands.show": PATH,
    "commands.edit": PATH,
    "events.index": PATH,
    "events.create": PATH,
    "agent_keys.create": PATH,
    "tasks.show": HELD,
    "task_claims.take_next": BODY,
    "task_claims.create": BODY,
    "task_claims.edit": HELD,
    "task_claims.delete": HELD,
    "task_endings.complete": HELD,
    "task_endings.fail": HELD,
    "link.open": OWN,
    "transfers.create": OWN,
    "transfers.show": OWN,
    "api_reports.create": PATH,
}


def required(endpoint: str) -> str | None:
    """The least role for an endpoint, OPEN, or None when the table does not know it."""
    return POLICY.get(endpoint.removeprefix("v1_"))


def allows(role: str, least: str) -> bool:
    """True when `role` is `least` or above it; an agent's is neither, and what is for agents only nobody's."""
    return role in ROLES and least != AGENT and ROLES.index(role) >= ROLES.index(least_role(least))


def least_role(least: str) -> str:
    """The role that a line of the table asks for where its exception does not hold."""
    return "viewer" if least == OPEN_IN_DEVELOPMENT else least


def agents_own(endpoint: str) -> str | None:
    """How an agent's key is let through to an endpoint for its own sake, or None: not at all."""
    return AGENTS_OWN.get(endpoint.removeprefix("v1_"))


@dataclass(frozen=True, slots=True)
class May:
    """What a page offers its viewer."""

    operate: bool
    administer: bool

    @classmethod
    def of(cls, role: str) -> May:
        """What `role` may."""
        return cls(allows(role, "operator"), allows(role, "admin"))
