"""Agents: anybody who does work. Its verbs, what is read of them, and who they are."""

from fleet.models.agent.answerable import answer, dismiss, recall, take_back, withdraw
from fleet.models.agent.bulk import each, retag
from fleet.models.agent.editable import create, edit
from fleet.models.agent.heartbeat import heartbeat
from fleet.models.agent.listed import Filter, count, counts_by_group, counts_by_state, matching, page, records
from fleet.models.agent.pausable import halt, pause, resume
from fleet.models.agent.presence import fall_silent, seen, set_right
from fleet.models.agent.record import AGENTS, GROUPS, PARTS, STATES, STATUSES, Agent, find, unknown
from fleet.models.agent.search import search

__all__ = [
    "AGENTS",
    "GROUPS",
    "PARTS",
    "STATES",
    "STATUSES",
    "Agent",
    "Filter",
    "answer",
    "count",
    "counts_by_group",
    "counts_by_state",
    "create",
    "dismiss",
    "each",
    "edit",
    "fall_silent",
    "find",
    "halt",
    "heartbeat",
    "matching",
    "page",
    "pause",
    "recall",
    "records",
    "resume",
    "retag",
    "search",
    "seen",
    "set_right",
    "take_back",
    "unknown",
    "withdraw",
]
