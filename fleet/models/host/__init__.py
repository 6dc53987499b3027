"""Hosts: agents that carry the daemon, and what it tells of their machines."""

from fleet.models.host import published
from fleet.models.host.connecting import Hello, clones, find, forget_sessions, greet, of_agent
from fleet.models.host.expression import Expression, Unreadable, parse
from fleet.models.host.listed import SORTS, HostSummary, count, counts_by_state, full, matching, of, page
from fleet.models.host.record import HOSTS, Host
from fleet.models.host.reporting import Report, go_on, report
from fleet.models.host.snapshots import heard, keep_snapshots

__all__ = [
    "HOSTS",
    "SORTS",
    "Expression",
    "Hello",
    "Host",
    "HostSummary",
    "Report",
    "Unreadable",
    "clones",
    "count",
    "counts_by_state",
    "find",
    "forget_sessions",
    "full",
    "go_on",
    "greet",
    "heard",
    "keep_snapshots",
    "matching",
    "of",
    "of_agent",
    "page",
    "parse",
    "published",
    "report",
]
