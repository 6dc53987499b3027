"""The queue's indexes in the order in which tasks are taken.

Revision 0003, after 0002; 2026-11-22 04:55:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

IN_ORDER = ["status", "waits", sa.text("priority_rank DESC"), "number"]


def upgrade() -> None:
    op.drop_index("ix_tasks_queue", table_name="tasks")
    op.create_index("ix_tasks_queue", "tasks", IN_ORDER)
    op.drop_index("ix_tasks_assignee", table_name="tasks")
    op.create_index("ix_tasks_assignee", "tasks", ["assigned_agent_id", *IN_ORDER])


def downgrade() -> None:
    op.drop_index("ix_tasks_assignee", table_name="tasks")
    op.create_index("ix_tasks_assignee", "tasks", ["assigned_agent_id", "status"])
    op.drop_index("ix_tasks_queue", table_name="tasks")
    op.create_index("ix_tasks_queue", "tasks", ["status", "waits", "priority_rank", "number"])
