"""A secret says with which one it was made: what lives on when that is revoked can be shown, and ended too.

Revision 0013, after 0012; 2026-11-28 02:20:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tokens", sa.Column("made_with", sa.Text(), nullable=True))
    op.create_index("ix_tokens_made_with", "tokens", ["made_with"])
    # What ends with it anyway was made with it, too.
    op.execute("UPDATE tokens SET made_with = parent_id WHERE kind = 'token'")


def downgrade() -> None:
    op.drop_index("ix_tokens_made_with", "tokens")
    op.drop_column("tokens", "made_with")
