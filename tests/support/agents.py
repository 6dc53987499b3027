"""Short ways to make what most of these tests need."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from fleet.db import write
from fleet.models import agent
from fleet.models.agent import Agent
from fleet.models.agent.record import AGENTS
from tests.support.application import rows

IDENTITY = {"hostname": "build-1", "machine_address": "10.0.0.7", "repo_path": "/src/app"}


def new_agent(**values: Any) -> str:
    """A new agent's id."""
    given = {"name": "Ada", "worktree": "/src/app"} | values
    return str(write(lambda tx: agent.create(tx, given)).id)


def report(agent_id: str, **changes: Any) -> Row[Any]:
    """What the agent says of itself."""
    return write(lambda tx: agent.edit(tx, agent_id, changes))


def beat(owner: str | None = "tok_1", **values: Any) -> Row[Any]:
    """A heartbeat."""
    return write(lambda tx: agent.heartbeat(tx, IDENTITY | values, owner))


def read(agent_id: str) -> Agent:
    """The agent as pages see it."""
    return agent.records(rows(select(AGENTS).where(AGENTS.c.id == agent_id)))[0]
