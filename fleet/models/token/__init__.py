"""Secrets: API tokens, sessions, one-time links, stream tickets, agents' keys and enrolment keys."""

from fleet.models.token.issue import (
    FirstStart,
    Made,
    agent_key,
    create,
    enrolment,
    first_start,
    link,
    session,
)
from fleet.models.token.listed import agent_keys, enrolment_keys, listed, sessions
from fleet.models.token.lookup import alive, edition, role_of, usable, usable_ticket
from fleet.models.token.record import (
    AGENT,
    DEV_PARENT,
    ENROLMENT_LIVES,
    ROLES,
    SESSION_LIVES,
    TICKET_LIVES,
    TICKET_WAITS,
    TOKENS,
    Token,
    digest,
)
from fleet.models.token.revocation import (
    end_keys,
    end_session,
    end_sessions,
    end_theirs,
    revoke,
    spend,
    sweep,
    use,
)

__all__ = [
    "AGENT", "DEV_PARENT", "ENROLMENT_LIVES", "ROLES", "SESSION_LIVES", "TICKET_LIVES", "TICKET_WAITS",
    "TOKENS", "FirstStart", "Made", "Token", "agent_key", "agent_keys", "alive", "create", "digest", "edition", "end_keys",
    "end_session", "end_sessions", "end_theirs", "enrolment", "enrolment_keys", "first_start", "link", "listed", "revoke",
    "role_of", "session", "sessions", "spend", "sweep", "usable", "usable_ticket", "use",
]  # fmt: skip
