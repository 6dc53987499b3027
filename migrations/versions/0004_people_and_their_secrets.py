"""People and whose each secret is.

Revision 0004, after 0003; 2026-11-22 05:00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ADDED = ("person_id", "agent_id", "device", "address", "made_by")


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("email", name=op.f("uq_people_email")),
    )
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        for name in ADDED:
            batch_op.add_column(sa.Column(name, sa.Text(), nullable=True))
        batch_op.create_index(batch_op.f("ix_tokens_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tokens_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index("ix_tokens_revoked", ["revoked_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.drop_index("ix_tokens_revoked")
        batch_op.drop_index(batch_op.f("ix_tokens_agent_id"))
        batch_op.drop_index(batch_op.f("ix_tokens_person_id"))
        for name in reversed(ADDED):
            batch_op.drop_column(name)

    op.drop_table("people")
