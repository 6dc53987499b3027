"""Notices, their channels and deliveries, and people's quiet hours.

Revision 0007, after 0006; 2026-11-22 05:50:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notice_channels",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("on_question", sa.Boolean(), nullable=False),
        sa.Column("on_error", sa.Boolean(), nullable=False),
        sa.Column("on_silence", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("given_up_at", MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_ok_at", MOMENT, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_channels")),
    )
    op.create_index(op.f("ix_notice_channels_person_id"), "notice_channels", ["person_id"])
    op.create_table(
        "quiet_hours",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("start", sa.Text(), nullable=False),
        sa.Column("end", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("questions_pass", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_quiet_hours")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("agent_name", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("agent_id", "kind", "cause", name="uq_notices_cause"),
    )
    op.create_index(op.f("ix_notices_at"), "notices", ["at"])
    still = sa.text("resolved_at IS NULL")
    op.create_index("ix_notices_open", "notices", ["agent_id"], sqlite_where=still, postgresql_where=still)
    op.create_table(
        "notice_deliveries",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_notice_deliveries")),
        sa.UniqueConstraint("id", name=op.f("uq_notice_deliveries_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notice_deliveries_due", "notice_deliveries", ["state", "next_at"])
    op.create_index("ix_notice_deliveries_person", "notice_deliveries", ["person_id", "seq"])
    op.create_index("ix_notice_deliveries_channel", "notice_deliveries", ["channel_id", "ended_at"])
    for column in ("notice_id", "message_id"):
        op.create_index(op.f(f"ix_notice_deliveries_{column}"), "notice_deliveries", [column])
    op.create_table(
        "notice_cursor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_cursor")),
    )
    op.execute("INSERT INTO notice_cursor (id, epoch, seq) VALUES (1, '', 0)")


def downgrade() -> None:
    for name in ("notice_cursor", "notice_deliveries", "notices", "quiet_hours", "notice_channels"):
        op.drop_table(name)
