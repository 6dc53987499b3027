"""The newest secret is found without a scan: other processes ask for it twice a second.

Revision 0008, after 0007; 2026-11-22 08:15:00.
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_tokens_created", "tokens", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_tokens_created", "tokens")
