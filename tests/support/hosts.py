"""Hosts in the tests' own process, in every state, without a daemon."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, update

from fleet.db import Transaction
from fleet.models import agent, execution, host
from fleet.models.agent.record import AGENTS

METRICS: dict[str, Any] = {
    "cpu_percent": 12.4,
    "mem_percent": 45.0,
    "disk_percent": 62.0,
    "uptime_s": 86_400 * 3,
    "load": [0.5, 0.4, 0.3],
    "disks": [{"mount": "/", "type": "ext4", "total": 100 << 30, "used": 62 << 30}],
    "network": [{"name": "eth0", "in": 1200, "out": 300}],
    "processes": [{"pid": 1, "name": "systemd", "cpu_percent": 0.1, "rss": 12 << 20}],
}


def make_host(
    tx: Transaction,
    name: str,
    *,
    connection: str = "online",
    metrics: dict[str, Any] | None = METRICS,
    tags: list[str] | None = None,
    **machine: Any,
) -> str:
    """A host whose daemon was there, unless its connection is `unknown`; returns its id."""
    row = agent.create(
        tx, {"name": name, "worktree": "/", "kind": "host", "hostname": name, "tags": tags or []}, alive=False
    )
    if connection != "unknown":
        values = {"connection": connection, "connection_changed_at": tx.now, "last_seen_at": tx.now, "version": 2}
        tx.execute(update(AGENTS).where(AGENTS.c.id == row.id).values(**values))
        machine = {"ip": "10.0.0.7", "os": "Debian GNU/Linux 12", "daemon_version": "0.1.0", "arch": "x86_64"} | machine
        tx.execute(insert(host.HOSTS), {"agent_id": row.id, "snapshot": metrics, "snapshot_at": tx.now, **machine})
    return str(row.id)


def order(tx: Transaction, host_id: str, command: str = "df -h", **more: Any) -> str:
    """Queue a command for a host; returns its id."""
    wanted = execution.Order(command=command, **more)
    row = execution.queue(tx, host_id, wanted, lambda text, _purpose: text, sent_by="Ada")
    return str(row.id)


def begin(tx: Transaction, host_id: str, command_id: str) -> None:
    """It runs."""
    rows = execution.of_ids(tx.connection, [command_id])
    execution.hand_over(tx, rows)
    execution.accept(tx, {(host_id, command_id)})
    execution.start(tx, {(host_id, command_id)})
