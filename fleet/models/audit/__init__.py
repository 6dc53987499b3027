"""The audit: who did what, from where, with which result. Entries are added, never changed (security.md 22)."""

from fleet.models.audit.anchor import Anchor, Broken
from fleet.models.audit.appending import append
from fleet.models.audit.chain import Ends, Link, ends
from fleet.models.audit.record import AUDIT, DONE, AuditEntry, AuditHead, Entry
from fleet.models.audit.retention import prune
from fleet.models.audit.verification import Progress, verify

__all__ = [
    "AUDIT",
    "DONE",
    "Anchor",
    "AuditEntry",
    "AuditHead",
    "Broken",
    "Ends",
    "Entry",
    "Link",
    "Progress",
    "append",
    "ends",
    "prune",
    "verify",
]
