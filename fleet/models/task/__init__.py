"""Tasks: work to be given out. Its verbs, claims and leases, and what is read of them."""

from fleet.models.task.bulk import assign_each
from fleet.models.task.claimable import Claimed, claim, claim_if_possible, claim_next
from fleet.models.task.claimants import claimant, had, require_claimant
from fleet.models.task.creation import Maker, create
from fleet.models.task.editable import edit, remove
from fleet.models.task.filter import Filter
from fleet.models.task.json_pages import json_page
from fleet.models.task.lease_ends import prolong_leases, set_right
from fleet.models.task.leases import (
    LEASE_DEFAULT,
    LEASE_LONGEST,
    LEASE_SHORTEST,
    Late,
    Lease,
    complete,
    fail,
    give_back,
    give_back_all,
    give_back_expired,
    live_claims,
    release,
    renew,
    stale,
)
from fleet.models.task.listed import claims, counts_by_status, matching, page
from fleet.models.task.outlook import Outlook, outlook, to_be_had
from fleet.models.task.record import (
    TASKS,
    Task,
    TaskClaim,
    TaskDependency,
    TaskNumbers,
    TaskRequirement,
    find,
)
from fleet.models.task.search import by_number, search

__all__ = [
    "LEASE_DEFAULT",
    "LEASE_LONGEST",
    "LEASE_SHORTEST",
    "TASKS",
    "Claimed",
    "Filter",
    "Late",
    "Lease",
    "Maker",
    "Outlook",
    "Task",
    "TaskClaim",
    "TaskDependency",
    "TaskNumbers",
    "TaskRequirement",
    "assign_each",
    "by_number",
    "claim",
    "claim_if_possible",
    "claim_next",
    "claimant",
    "claims",
    "complete",
    "counts_by_status",
    "create",
    "edit",
    "fail",
    "find",
    "give_back",
    "give_back_all",
    "give_back_expired",
    "had",
    "json_page",
    "live_claims",
    "matching",
    "outlook",
    "page",
    "prolong_leases",
    "release",
    "remove",
    "renew",
    "require_claimant",
    "search",
    "set_right",
    "stale",
    "to_be_had",
]
