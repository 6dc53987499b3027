"""How far a host's clock is from the server's.

Revision 0017, after 0016; 2026-11-28 11:50:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("hosts", sa.Column("clock_skew", sa.BigInteger()))


def downgrade() -> None:
    op.drop_column("hosts", "clock_skew")
