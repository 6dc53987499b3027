"""The entry as it is made, and its row. Everything but `digest` is in the digest."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from sqlalchemy import Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from fleet.db import Base, table

DONE = "done"
# Who acts where no credential does: a command at the server's own shell, Fleet by itself, nobody known.
CONSOLE, FLEET, NOBODY = "console", "fleet", "nobody"
PERSON, TOKEN, AGENT = "person", "token", "agent"
ACTORS = (PERSON, TOKEN, AGENT, CONSOLE, FLEET, NOBODY)
REFUSED = text("result <> 'done'")
# What agents and programs report of themselves all day: mere progress, as long as they only say how far they are.
REPORTS = (
    "heartbeats.create",
    "events.create",
    "todos.create",
    "todos.edit",
    "todos.delete",
    "commands.edit",
    "task_claims.edit",
)
# An agent that is changed in one of these is another one; its other fields only say how far it is.
LASTING_FIELDS = ("name", "worktree", "capabilities", "issue_ids", "tags")


def _unless_progress() -> str:
    """The condition for all that is no mere progress. It is an index's: another text needs a migration.

    It says otherwise what REFUSED says, or SQLite would take this index for refusals, too.
    """
    reports = ", ".join(f"'{action}'" for action in REPORTS)
    lasting = " OR ".join(f"fields LIKE '%{name}%'" for name in LASTING_FIELDS)
    return (
        f"(NOT (result = '{DONE}') OR actor_kind NOT IN ('{AGENT}', '{TOKEN}')"
        f" OR (action NOT IN ({reports}) AND (action <> 'agents.edit' OR {lasting})))"
    )


DEED = text(_unless_progress())


class Entry(msgspec.Struct, kw_only=True):
    """Who did what, from where, to what, with which result: never a value that was sent.

    The fields and their order are the chain's: an entry is hashed as this
    object's JSON. `action` is an endpoint without its mount (`agents.edit`);
    `subject_id` names the aggregate (the agent, the task), `part_id` what of it
    (a todo, a command); `result` is `done` or the refusal's code; `fields` are
    names only; `repeated` says how many like it the entry stands for. `seq` and
    `at` are given when it is written.
    """

    seq: int = 0
    at: datetime = datetime.fromtimestamp(0, UTC)
    action: str
    actor_kind: str
    actor_id: str | None = None
    actor_name: str | None = None
    person_id: str | None = None
    role: str | None = None
    address: str | None = None
    request_id: str | None = None
    method: str | None = None
    noun: str | None = None
    subject_id: str | None = None
    subject_name: str | None = None
    part_id: str | None = None
    result: str = DONE
    fields: tuple[str, ...] = ()
    repeated: int = 1


class AuditEntry(Base):
    """A row of the audit; it has no key to anything else, for it outlives what it speaks of."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_refused", "seq", sqlite_where=REFUSED, postgresql_where=REFUSED),
        # Progress is nearly all there is, and no part of this index: it costs reports no page, and others little.
        Index("ix_audit_deeds", "seq", sqlite_where=DEED, postgresql_where=DEED),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[str | None] = mapped_column(Text)
    actor_name: Mapped[str | None] = mapped_column(Text)
    # Whose a session or a personal token is.
    person_id: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)
    method: Mapped[str | None] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    noun: Mapped[str | None] = mapped_column(Text)
    subject_id: Mapped[str | None] = mapped_column(Text)
    subject_name: Mapped[str | None] = mapped_column(Text)
    part_id: Mapped[str | None] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)
    # Names with commas between them.
    fields: Mapped[str] = mapped_column(Text)
    repeated: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary)


class AuditHead(Base):
    """The chain's own row: its last entry, and the last one that was pruned (the floor)."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    floor: Mapped[int]
    floor_digest: Mapped[bytes] = mapped_column(LargeBinary)


AUDIT = table(AuditEntry)
HEAD = table(AuditHead)
