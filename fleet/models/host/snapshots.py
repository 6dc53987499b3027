"""What is heard of hosts all the time is kept in memory, and written down in slices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update

from fleet.db import Transaction
from fleet.db.prepared import Prepared
from fleet.models.agent.record import AGENTS
from fleet.models.host.record import HOSTS

# No `version`: a sign of life that changes nothing visible must not make pages anew (hosts-shape.md).
HEARD = Prepared(
    update(AGENTS)
    .where(AGENTS.c.id == bindparam("agent"), AGENTS.c.connection == "online")
    .values(last_seen_at=bindparam("at"))
)
KEPT = Prepared(
    update(HOSTS)
    .where(HOSTS.c.agent_id == bindparam("agent"))
    .values(snapshot=bindparam("metrics"), snapshot_at=bindparam("at"))
)


def heard(tx: Transaction, agent_ids: Iterable[str]) -> None:
    """These were heard until now."""
    HEARD.many(tx.connection, [{"agent": agent_id, "at": tx.now} for agent_id in agent_ids])


def keep_snapshots(tx: Transaction, metrics: Mapping[str, tuple[datetime, dict[str, Any]]]) -> None:
    """The last metrics of these, and when they came."""
    rows = [{"agent": agent_id, "at": at, "metrics": values} for agent_id, (at, values) in metrics.items()]
    KEPT.many(tx.connection, rows)
