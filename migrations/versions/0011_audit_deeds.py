"""An index that leads past the progress that agents report all day, to whatever else was done.

Revision 0011, after 0010; 2026-11-27 22:50:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# What is no mere progress, as it was understood at this revision.
DEED = sa.text(
    "(NOT (result = 'done') OR actor_kind NOT IN ('agent', 'token')"
    " OR (action NOT IN ('heartbeats.create', 'events.create', 'todos.create', 'todos.edit', 'todos.delete',"
    " 'commands.edit', 'task_claims.edit') AND (action <> 'agents.edit'"
    " OR fields LIKE '%name%' OR fields LIKE '%worktree%' OR fields LIKE '%capabilities%'"
    " OR fields LIKE '%issue_ids%' OR fields LIKE '%tags%')))"
)


def upgrade() -> None:
    op.create_index("ix_audit_deeds", "audit", ["seq"], sqlite_where=DEED, postgresql_where=DEED)


def downgrade() -> None:
    op.drop_index("ix_audit_deeds", table_name="audit")
