"""A host, and work for it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Row

from fleet.db import write
from fleet.models import agent, execution
from fleet.models.execution import Order

HOST = "agt_host"


@pytest.fixture
def host(app: Any) -> str:
    """A host's id."""
    del app
    write(lambda tx: agent.create(tx, {"id": HOST, "name": "web-01", "worktree": "/", "kind": "host"}))
    return HOST


def queue(host: str, command: str = "true", *, linked: bool = False, **more: Any) -> Row[Any]:
    """A queued command; what it says is "sealed" by turning it round."""
    order = Order(command=command)
    return write(
        lambda tx: execution.queue(
            tx, host, order, lambda text, _purpose: text[::-1], sent_by="Mira", linked=linked, **more
        )
    )


def row_of(host: str, command: Row[Any]) -> Row[Any]:
    """The command with its execution, as it is now."""
    return write(lambda tx: execution.find(tx.connection, host, command.id))
