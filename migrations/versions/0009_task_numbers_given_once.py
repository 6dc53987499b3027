"""The last number that a task was given: deleting the newest task does not free its number.

Revision 0009, after 0008; 2026-11-22 09:25:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task_numbers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_numbers")),
    )
    op.execute("INSERT INTO task_numbers (id, last) SELECT 1, coalesce(max(number), 0) FROM tasks")


def downgrade() -> None:
    op.drop_table("task_numbers")
