"""Pauses of agents, stops of the fleet, and what waits for their end.

Revision 0006, after 0005; 2026-11-22 05:40:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PAUSE = (("paused_at", MOMENT), ("paused_by", sa.Text()), ("pause_reason", sa.Text()))


def upgrade() -> None:
    op.create_table(
        "stops",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("by_id", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("swept_at", MOMENT, nullable=True),
        sa.Column("resumed_at", MOMENT, nullable=True),
        sa.Column("resumed_by_id", sa.Text(), nullable=True),
        sa.Column("resumed_by", sa.Text(), nullable=True),
        sa.Column("followed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stops")),
        sa.UniqueConstraint("active", name=op.f("uq_stops_active")),
    )
    op.create_index(op.f("ix_stops_at"), "stops", ["at"])
    op.create_table(
        "stop_acknowledgements",
        sa.Column("stop_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("agent_name", sa.Text(), nullable=False),
        sa.Column("tasks", sa.JSON(), nullable=False),
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["stop_id"], ["stops.id"], name=op.f("fk_stop_acknowledgements_stop_id_stops"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("stop_id", "agent_id", name=op.f("pk_stop_acknowledgements")),
    )
    op.create_table(
        "withheld",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("noun_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_withheld_agent_id_agents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_withheld")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_withheld_agent", "withheld", ["agent_id"])
    for name, kind in PAUSE:
        op.add_column("agents", sa.Column(name, kind, nullable=True))
    op.add_column("commands", sa.Column("stop_id", sa.Text(), nullable=True))
    op.create_index("ix_commands_stop", "commands", ["stop_id"], sqlite_where=sa.text("stop_id IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_commands_stop", "commands")
    with op.batch_alter_table("commands", schema=None) as batch_op:
        batch_op.drop_column("stop_id")
    with op.batch_alter_table("agents", schema=None) as batch_op:
        for name, _ in reversed(PAUSE):
            batch_op.drop_column(name)
    op.drop_table("withheld")
    op.drop_table("stop_acknowledgements")
    op.drop_table("stops")
