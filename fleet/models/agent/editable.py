"""Creating an agent and reporting about it (document 1's POST and PATCH)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, insert, select

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.db.record import Record, Stored
from fleet.db.update import rewrite
from fleet.errors import Conflict
from fleet.models.agent import presence
from fleet.models.agent.record import AGENTS, find
from fleet.models.editions import expect
from fleet.models.hold import acknowledgements
from fleet.models.ids import new_id
from fleet.models.journal import frames

FIGURES = ("progress", "files_changed", "lines_added", "lines_removed")
DEFAULTS: dict[str, Any] = {
    "kind": "coding",
    "status": "idle",
    "progress": 0,
    "files_changed": 0,
    "lines_added": 0,
    "lines_removed": 0,
    "connection": "unknown",
    "todos_total": 0,
    "todos_done": 0,
    "version": 1,
    "edition": 1,
    "capabilities": [],
    "issue_ids": [],
    "tags": [],
    "question_options": [],
    "name_is_derived": False,
}
INSERT = insert(AGENTS).returning(AGENTS)
IDENTITY = ("hostname", "machine_address", "repo_path")
BY_IDENTITY = Prepared(select(AGENTS).where(*(AGENTS.c[name] == bindparam(name) for name in IDENTITY)))


def create(tx: Transaction, values: dict[str, Any], *, alive: bool = False) -> Row[Any]:
    """Add an agent from `name`, `worktree` and any other column; returns its row.

    `alive` says that it makes itself known: then that is its first sign of life.
    Raises Conflict when another agent has the same host, address and repository.
    """
    refuse_second(tx, values)
    life = presence.signs(None, tx.now) if alive else {}
    row = insert_agent(tx, {"id": new_id("agt"), **life, **values})
    frames.agent_status_changed(tx, row, "", row.status)
    if row.pending_question:
        frames.agent_question_posted(tx, row)
    return row


def refuse_second(tx: Transaction, values: dict[str, Any]) -> None:
    """Raise Conflict when the identity that `values` name, if they name one whole, is taken."""
    identity = {name: values.get(name) for name in IDENTITY}
    if None in identity.values():
        return
    taken = BY_IDENTITY.first(tx.connection, identity)
    if taken is not None:
        raise Conflict("AGENT_ALREADY_EXISTS", "This repository on this host has an agent already.", id=taken.id)


def insert_agent(tx: Transaction, values: dict[str, Any]) -> Row[Any]:
    """Insert a row with every default filled in; fires nothing."""
    filled = (
        DEFAULTS
        | {
            "status_changed_at": tx.now,
            "created_at": tx.now,
            "updated_at": tx.now,
            "question_asked_at": tx.now if values.get("pending_question") else None,
        }
        | values
    )
    return tx.execute(INSERT, filled).one()


def edit(
    tx: Transaction, agent_id: str, changes: dict[str, Any], if_match: str | None = None, *, alive: bool = False
) -> Stored:
    """Apply a partial report or edit and fire the frames that it calls for.

    `alive` says that it is the agent's own word, and so a sign of life. A value
    that is there already changes nothing and fires nothing, and is a sign at most
    twice a second. Raises NotFound, and
    Stale when `if_match` names another edition.
    """
    before = find(tx.connection, agent_id)
    expect(before, if_match)
    changes = differing(before, changes)
    if not changes:
        if not alive or presence.just_seen(before, tx.now):
            return before
        presence.seen(tx, agent_id)
        return find(tx.connection, agent_id)
    if "name" in changes:
        changes["name_is_derived"] = False
    life = presence.signs(before, tx.now) if alive else {}
    row = store(tx, before, changes | life | {"edition": before.edition + 1})
    announce(tx, before, row)
    acknowledgements.by_status(tx, agent_id, changes.get("status"))
    return row


def differing(before: Stored, changes: dict[str, Any]) -> dict[str, Any]:
    """Those of `changes` that say something new."""
    return {k: v for k, v in changes.items() if getattr(before, k) != v}


def store(tx: Transaction, before: Stored, changes: dict[str, Any]) -> Record:
    """Write `changes` and what follows from them: since when, asked when, answered no longer."""
    follow: dict[str, Any] = {"version": before.version + 1, "updated_at": tx.now}
    asks = changes.get("pending_question") is not None
    if "status" in changes:
        follow |= {"status_changed_at": tx.now, "answered_at": None, "dismissed_at": None}
        if before.connection == "offline" and before.last_seen_at is None:
            # It never beat and had said goodbye: its word is the sign that it is back.
            follow |= {"connection": "unknown", "connection_changed_at": tx.now}
    if asks:
        follow |= {"question_asked_at": tx.now, "answered_at": None}
        if before.status == "waiting_feedback":  # it waits for something else from now on
            follow["status_changed_at"] = tx.now
    if "pending_question" in changes and "question_options" not in changes:
        follow["question_options"] = []
    return rewrite(tx, AGENTS, before, follow | changes)


def announce(tx: Transaction, before: Stored, row: Stored) -> None:
    """Fire what a report calls for; one status frame when the agent is back (contract I9)."""
    if before.connection == "offline" and row.connection == "online":
        presence.back(tx, row)
        if row.pending_question and row.pending_question != before.pending_question:
            frames.agent_question_posted(tx, row)
        return
    fire(tx, before, row)


def fire(tx: Transaction, before: Stored, row: Stored) -> None:
    """The frames of a PATCH, in the recording's order: status, question, progress."""
    fired = len(tx.announcements)
    if row.status != before.status:
        frames.agent_status_changed(tx, row, before.status, row.status)
    if row.pending_question and row.pending_question != before.pending_question:
        frames.agent_question_posted(tx, row)
    if any(getattr(row, name) != getattr(before, name) for name in FIGURES):
        frames.agent_progress_updated(tx, row)
    if len(tx.announcements) == fired:
        frames.agent_updated(tx, row)
