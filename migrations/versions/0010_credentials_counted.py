"""What tells of revocation is a counter: a clock that was set back hid what was revoked afterwards.

Revision 0010, after 0009; 2026-11-27 22:30:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credentials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credentials")),
    )
    op.execute("INSERT INTO credentials (id, edition) VALUES (1, 1)")
    # They were there to find the newest times without a scan.
    op.drop_index("ix_tokens_created", "tokens")
    op.drop_index("ix_tokens_revoked", "tokens")


def downgrade() -> None:
    op.create_index("ix_tokens_revoked", "tokens", ["revoked_at"])
    op.create_index("ix_tokens_created", "tokens", ["created_at"])
    op.drop_table("credentials")
