"""An answer keeps the likely answers that stood beside its question, so that the question can be put again as it was.

Revision 0014, after 0013; 2026-11-28 01:50:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("commands", sa.Column("options", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("commands") as commands:
        commands.drop_column("options")
