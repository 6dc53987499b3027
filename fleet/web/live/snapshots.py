"""The last metrics of each host, in memory; its row has them later, or from before this process began."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Engine

from fleet import clock
from fleet.errors import NotFound
from fleet.models import agent, host
from fleet.web.live.followers import Followers
from fleet.web.live.tails import TailStep

MOST = 50_000  # a fleet of hosts
PROCESSES = "processes"


class Snapshot(NamedTuple):
    """What a host has told of itself, and when that came."""

    at: datetime
    values: dict[str, Any]

    def shown(self, *, names: bool, whole: bool) -> dict[str, Any]:
        """As JSON, with `at` in `whole` seconds or as a moment; the names of processes only if they may be seen."""
        shown = self.values | {"at": int(self.at.timestamp()) if whole else self.at}
        if not names and PROCESSES in shown:
            shown[PROCESSES] = [figures(each) for each in list_of(shown[PROCESSES])]
        return shown


def list_of(value: object) -> list[Any]:
    """A list that a daemon has sent; anything else counts as none."""
    return value if isinstance(value, list) else []


def figures(process: object) -> dict[str, int | float]:
    """What is a number of a process."""
    values = process if isinstance(process, dict) else {}
    return {name: value for name, value in values.items() if isinstance(value, int | float)}


class Snapshots:
    """The last ones that this process has heard of."""

    def __init__(self, followers: Followers) -> None:
        self._followers = followers
        self._last: dict[str, Snapshot] = {}

    def keep(self, agent_id: str, values: dict[str, Any]) -> None:
        """These have come now; whoever watches the host is told."""
        if len(self._last) >= MOST and agent_id not in self._last:
            self._last.clear()
        self._last[agent_id] = Snapshot(clock.now(), values)
        self._followers.tell((agent_id,))

    def forget(self, agent_id: str) -> None:
        """The host is no more."""
        self._last.pop(agent_id, None)
        self._followers.tell((agent_id,))

    def latest(self, connection: Connection, agent_id: str) -> Snapshot | None:
        """The last that is known; None for an agent that never told any."""
        heard = self._last.get(agent_id)
        if heard is not None:
            return heard
        row = host.of_agent(connection, agent_id)
        if row is None or row.snapshot is None or row.snapshot_at is None:
            return None
        return Snapshot(row.snapshot_at, row.snapshot)


@dataclass(frozen=True, slots=True)
class MetricsOf:
    """A host's metrics as they come, the last ones at once; a reader stands at the moment of the last it got."""

    agent_id: str
    names: bool
    whole: bool
    engine: Engine = field(compare=False)
    snapshots: Snapshots = field(compare=False)

    @property
    def subject(self) -> str:
        """The host."""
        return self.agent_id

    def advance(self, position: Hashable) -> TailStep:
        """The last snapshot, unless the reader has it; the end, when the host was deleted."""
        with self.engine.connect() as connection:
            try:
                agent.find(connection, self.agent_id)
            except NotFound:
                return TailStep(position, b"", ends=True)
            last = self.snapshots.latest(connection, self.agent_id)
        if last is None or last.at == position:
            return TailStep(position, b"")
        data = msgspec.json.encode(last.shown(names=self.names, whole=self.whole))
        return TailStep(last.at, b"id: %d\ndata: %b\n\n" % (last.at.timestamp() * 1000, data))
