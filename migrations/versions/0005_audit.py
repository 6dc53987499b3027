"""The audit: who did what, with which result.

Revision 0005, after 0004; 2026-11-22 05:30:00.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# What Fleet itself may never do to it, SQLite refuses too; pruning raises the floor first.
NEVER_CHANGES = """
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""
GOES_BY_ITS_FLOOR = """
CREATE TRIGGER audit_goes_by_its_floor BEFORE DELETE ON audit
WHEN OLD.seq > (SELECT floor FROM audit_head)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
"""


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("noun", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Text(), nullable=True),
        sa.Column("subject_name", sa.Text(), nullable=True),
        sa.Column("part_id", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    refused = sa.text("result <> 'done'")
    op.create_index("ix_audit_refused", "audit", ["seq"], sqlite_where=refused, postgresql_where=refused)
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("floor", sa.Integer(), nullable=False),
        sa.Column("floor_digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    # Each database's chain begins with chance: no entry of one fits into another.
    begin = secrets.token_bytes(32)
    op.bulk_insert(head, [{"id": 1, "seq": 0, "digest": begin, "floor": 0, "floor_digest": begin}])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(NEVER_CHANGES)
        op.execute(GOES_BY_ITS_FLOOR)


def downgrade() -> None:
    op.drop_table("audit")
    op.drop_table("audit_head")
