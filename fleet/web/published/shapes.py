"""The types of document 3: bare JSON, moments as whole seconds since 1970."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypedDict

from msgspec import Meta

from fleet.models.json_types import Amount, Outcome

Seconds = Annotated[int, Meta(ge=0, description="Whole seconds since 1970.", examples=[1718000000])]
Params = Annotated[dict[str, Any], Meta(examples=[{"command": "df -h", "timeout": 60}])]


class PublishedAgent(TypedDict):
    """An agent of any kind; of a coding agent `label` is its name, `os` and `version` are null."""

    id: Annotated[str, Meta(examples=["agt_5f0c2a9d1b7e"])]
    label: Annotated[str, Meta(examples=["web-01"])]
    hostname: str | None
    ip: Annotated[str | None, Meta(examples=["192.168.1.10"])]
    os: Annotated[str | None, Meta(examples=["Ubuntu 24.04"])]
    version: Annotated[str | None, Meta(description="The daemon's.", examples=["2.1.0"])]
    status: Literal["online", "offline"]
    last_seen: Seconds | None
    tags: list[str]


class PublishedAgentDetail(PublishedAgent):
    """The same, with what it can do and its last metrics, which have `at`."""

    kind: Literal["coding", "host"]
    capabilities: list[str]
    metrics: dict[str, Any] | None


class Done(TypedDict):
    """What became of the call."""

    status: Literal["deleted"]


class Sent(TypedDict):
    """A command, and where it stands."""

    command_id: Annotated[str, Meta(examples=["cmd_xyz789"])]
    status: Annotated[str, Meta(examples=["queued"])]


class PublishedCommand(TypedDict):
    """A host's command; `params` have their secrets masked, `outcome` is null before the end."""

    command_id: str
    type: Literal["shell"]
    params: Params
    status: Annotated[str, Meta(examples=["succeeded"])]
    outcome: Outcome | None
    exit_code: int | None
    signal: str | None
    stdout_bytes: Amount
    stderr_bytes: Amount
    created_at: Seconds
    started_at: Seconds | None
    finished_at: Seconds | None


class CommandInHistory(PublishedCommand):
    """The same with the end of its output: stdout, then stderr, the last 64 KiB of each."""

    output: str


class CommandWithOutput(PublishedCommand):
    """The same with all that is kept of its output."""

    stdout: str
    stderr: str


def agent(row: Any) -> PublishedAgent:
    """A row of `host.published` as document 3 has it: nine fields."""
    is_host = row.kind == "host"
    return {
        "id": row.id,
        "label": row.name,
        "hostname": row.hostname,
        "ip": (row.ip or row.machine_address) if is_host else row.machine_address,
        "os": row.os,
        "version": row.daemon_version,
        "status": "online" if row.connection == "online" else "offline",
        "last_seen": seconds(row.last_seen_at),
        "tags": row.tags,
    }


def command(row: Any) -> PublishedCommand:
    """A row of `execution.lookup` without its output."""
    created = seconds(row.sent_at)
    assert created is not None
    return {
        "command_id": row.id,
        "type": row.type,
        "params": row.params,
        "status": row.state,
        "outcome": row.outcome,
        "exit_code": row.exit_code,
        "signal": row.signal,
        "stdout_bytes": max(row.stdout_bytes, row.stdout_next),
        "stderr_bytes": max(row.stderr_bytes, row.stderr_next),
        "created_at": created,
        "started_at": seconds(row.started_at),
        "finished_at": seconds(row.ended_at),
    }


def seconds(moment: datetime | None) -> int | None:
    """A moment as document 3 has it."""
    return None if moment is None else int(moment.timestamp())
