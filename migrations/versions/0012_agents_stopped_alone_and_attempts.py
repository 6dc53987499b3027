"""Stops of one agent; what came of each attempt at a task, and who made the task; what was told to many at once.

Revision 0012, after 0011; 2026-11-28 02:00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NEW = (
    ("agents", ("stop_id",)),
    ("stops", ("agent_id", "agent_name")),
    ("task_claims", ("answer",)),
    ("tasks", ("created_by_kind", "created_by_id", "created_by")),
    ("commands", ("bulk_id",)),
)
# Who made the tasks that are there is known to the audit, as far back as it reaches.
MAKERS = sa.text(
    "SELECT subject_id AS task, actor_kind AS kind, actor_id AS id, actor_name AS name FROM audit"
    " WHERE action = 'tasks.create' AND result = 'done' AND subject_id IS NOT NULL"
)
MADE = sa.text("UPDATE tasks SET created_by_kind = :kind, created_by_id = :id, created_by = :name WHERE id = :task")


def upgrade() -> None:
    for table, names in NEW:
        for name in names:
            op.add_column(table, sa.Column(name, sa.Text(), nullable=True))
    open_stops = sa.text("resumed_at IS NULL")
    op.create_index("ix_stops_open", "stops", ["id"], sqlite_where=open_stops, postgresql_where=open_stops)
    op.create_index("ix_task_claims_agent", "task_claims", ["agent_id", "claimed_at"])
    op.create_table(
        "bulk_commands",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sent_by", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_commands")),
    )
    op.create_index(op.f("ix_bulk_commands_sent_at"), "bulk_commands", ["sent_at"])
    op.create_index("ix_commands_bulk", "commands", ["bulk_id"], sqlite_where=sa.text("bulk_id IS NOT NULL"))
    connection = op.get_bind()
    makers = [dict(row._mapping) for row in connection.execute(MAKERS)]
    if makers:
        connection.execute(MADE, makers)


def downgrade() -> None:
    op.drop_index("ix_commands_bulk", "commands")
    op.drop_table("bulk_commands")
    op.drop_index("ix_task_claims_agent", "task_claims")
    op.drop_index("ix_stops_open", "stops")
    for table, names in reversed(NEW):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in reversed(names):
                batch_op.drop_column(name)
