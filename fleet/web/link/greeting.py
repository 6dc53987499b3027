"""A hello answered: what the daemon has is compared with what is known here, and both agree afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from fleet import clock, protocol
from fleet.db import Transaction
from fleet.errors import NotFound
from fleet.links import Link
from fleet.models import execution, host, token
from fleet.web.link.messages import Hello

SKEW_MOST = 10**12


@dataclass(slots=True)
class Greeting:
    """What a daemon is told after its hello; `session` None: its disk is a copy, it is sent away."""

    session: str | None
    want: dict[str, dict[str, int]] = field(default_factory=dict)
    cancel: list[str] = field(default_factory=list)
    forget: list[str] = field(default_factory=list)
    due: list[Row[Any]] = field(default_factory=list)


def greet(tx: Transaction, link: Link, said: Hello, address: str | None) -> Greeting | None:
    """Take a daemon in; None when its host was deleted meanwhile."""
    try:
        session = host.greet(tx, link.agent_id, described(said, address))
    except NotFound:
        return None
    if session is None:
        return Greeting(None)
    token.use(tx, link.token_id, address)
    greeting = Greeting(session)
    compare(tx, link.agent_id, said, greeting)
    return greeting


def described(said: Hello, address: str | None) -> host.Hello:
    """The machine, as the model has it; without an address of its own it has the one that it came from."""
    machine = {
        "ip": said.ips[0] if said.ips else address,
        "os": said.os,
        "arch": said.arch,
        "python": said.python,
        "runs_as": said.user,
        "daemon_version": said.version,
        "daemon_sha256": said.sha256,
        "boot_id": said.boot_id,
        "clock_skew": None if said.clock is None else skew(said.clock),
    }
    return host.Hello(said.hostname, said.session, machine, said.capabilities)


def skew(said: float) -> int:
    """Seconds that a clock (seconds since 1970) is ahead of ours; however far, it is a number that can be kept."""
    ahead = said - clock.now().timestamp()
    return round(max(-SKEW_MOST, min(SKEW_MOST, ahead)))


def compare(tx: Transaction, agent_id: str, said: Hello, greeting: Greeting) -> None:
    """Bring what is known here and what the daemon has together."""
    running = {one.id: one for one in said.running}
    has = {*said.waiting, *running, *said.ended}
    rows = execution.unfinished(tx.connection, agent_id)
    waiting: list[Row[Any]] = []
    for row in rows:
        if row.id in has:
            greeting.want[row.id] = {"stdout": row.stdout_next, "stderr": row.stderr_next}
            if row.cancel_at is not None:
                greeting.cancel.append(row.id)
        elif row.delivered_at is not None:
            execution.end_unreported(tx, row, "unknown", execution.FORGOTTEN)
        elif row.handed_at is not None and row.cancel_at is not None:
            execution.end_unreported(tx, row, "canceled", f"canceled by {row.canceled_by}")
        elif row.expires_at <= tx.now:
            execution.end_unreported(tx, row, "expired")
        else:
            waiting.append(row)
    execution.accept(tx, {(agent_id, command_id) for command_id in has})
    execution.start(tx, {(agent_id, command_id) for command_id in (*running, *said.ended)})
    due = execution.hand_over(tx, waiting)
    greeting.due = [row for row in waiting if row.id in due]
    # What is over here, or was never known, is over there; what of it still runs is ended first.
    strangers = has - {row.id for row in rows}
    greeting.cancel += sorted(strangers & running.keys())
    greeting.forget += sorted(strangers - running.keys())


def welcome(greeting: Greeting, beat: float, limits: execution.Limits, metrics: float) -> dict[str, Any]:
    """The values of the welcome; `metrics`: every so many seconds somebody wants a snapshot, 0 for nobody."""
    return {
        "session": greeting.session,
        "beat": beat,
        "metrics": metrics,
        "limits": {"head": limits.head, "tail": limits.tail, "window": protocol.WINDOW},
        "want": greeting.want,
        "cancel": greeting.cancel,
        "forget": greeting.forget,
    }
