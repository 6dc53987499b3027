"""Hosts: what their daemons tell of them, what runs there, and its output.

Revision 0015, after 0014; 2026-11-28 06:40:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    hosts()
    executions()
    outputs()


def hosts() -> None:
    op.create_table(
        "hosts",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("ip", sa.Text()),
        sa.Column("os", sa.Text()),
        sa.Column("arch", sa.Text()),
        sa.Column("python", sa.Text()),
        sa.Column("runs_as", sa.Text()),
        sa.Column("daemon_version", sa.Text()),
        sa.Column("daemon_sha256", sa.Text()),
        sa.Column("boot_id", sa.Text()),
        sa.Column("session", sa.Text()),
        sa.Column("session_before", sa.Text()),
        sa.Column("snapshot", sa.JSON()),
        sa.Column("snapshot_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_hosts_agent_id_agents", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("agent_id", name="pk_hosts"),
    )


def executions() -> None:
    op.create_table(
        "executions",
        sa.Column("command_seq", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("timeout", sa.Integer(), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True)),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("cancel_at", sa.DateTime(timezone=True)),
        sa.Column("canceled_by", sa.Text()),
        sa.Column("exit_code", sa.Integer()),
        sa.Column("signal", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("ms", sa.Integer()),
        sa.Column("stdout_bytes", sa.Integer(), nullable=False),
        sa.Column("stderr_bytes", sa.Integer(), nullable=False),
        sa.Column("stdout_next", sa.Integer(), nullable=False),
        sa.Column("stderr_next", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.Column("masked", sa.Integer(), nullable=False),
        sa.Column("left", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["command_seq"], ["commands.seq"], name="fk_executions_command_seq_commands", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("command_seq", name="pk_executions"),
    )
    unfinished = sa.text("ended_at IS NULL")
    op.create_index("ix_executions_open", "executions", ["agent_id", "command_seq"], sqlite_where=unfinished)
    op.create_index("ix_executions_ended", "executions", ["ended_at"])


def outputs() -> None:
    op.create_table(
        "outputs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("command_seq", sa.Integer(), nullable=False),
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("offset", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["command_seq"],
            ["executions.command_seq"],
            name="fk_outputs_command_seq_executions",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_outputs"),
    )
    op.create_index("ix_outputs_place", "outputs", ["command_seq", "stream", "offset"], unique=True)


def downgrade() -> None:
    op.drop_table("outputs")
    op.drop_table("executions")
    op.drop_table("hosts")
