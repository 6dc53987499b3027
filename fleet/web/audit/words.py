"""What an action is called in an entry's line: `agents.edit` is "changed agent"."""

from __future__ import annotations

from fleet.web.security.audit_trail import singular

SPECIAL = {
    "sessions.create": "signed in",
    "sessions.delete": "signed out",
    "passwords.edit": "changed the password",
    "devices.delete": "signed a browser out",
    "tokens.first_start": "made the first token",
    "person_links.create": "made a login link for",
    "account.edit": "changed their account",
    "agent_keys.create": "made a key for",
    "agent_keys.delete": "revoked a key of",
    "enrolments.create": "enrolled",
    "heartbeats.create": "reported as",
    "answers.create": "answered",
    "dismissals.create": "dismissed the error of",
    "todos.create": "added a todo to",
    "todos.edit": "changed a todo of",
    "todos.delete": "deleted a todo of",
    "commands.create": "told",
    "commands.edit": "reported on a command of",
    "commands.delete": "withdrew a command of",
    "events.create": "logged activity of",
    "bulk_commands.create": "told",
    "bulk_tags.create": "tagged",
    "bulk_deletions.create": "deleted agent",
    "task_claims.take_next": "claimed",
    "task_claims.create": "claimed",
    "task_claims.edit": "renewed the claim of",
    "task_claims.delete": "released",
    "task_endings.complete": "completed",
    "task_endings.fail": "reported failure of",
    "audit.prune": "dropped old entries",
    "audit.anchor": "accepted the audit as it stood",
    "audit_verifications.create": "verified the audit",
    "database.restore": "restored",
}
VERBS = {"create": "made", "edit": "changed", "delete": "deleted"}


def said(action: str) -> str:
    """An action in words."""
    known = SPECIAL.get(action)
    if known is not None:
        return known
    verb = VERBS.get(action.rpartition(".")[2])
    return f"{verb} {singular(action)}" if verb else f"{singular(action)}, {action.rpartition('.')[2]}"
