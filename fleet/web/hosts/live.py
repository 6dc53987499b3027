"""What is live on the list of hosts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from fleet.errors import NotFound
from fleet.models import execution, host
from fleet.models.host import HostSummary
from fleet.web.hosts import pages
from fleet.web.hosts.commands import detailed
from fleet.web.hosts.listing import HostList
from fleet.web.hosts.newest import with_newest
from fleet.web.hosts.shown import Work
from fleet.web.live.topics import DELETE, FILL, FIRST, MORPH, UPSERT, Changed, partial, piece
from fleet.web.security.policy import May


@dataclass(frozen=True, slots=True)
class HostsTopic:
    """The list of hosts under a filter: who enters it, changes in it, leaves it."""

    asked: HostList

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        """The changed hosts, and the counts beside the states."""
        if not changed.agents:
            return
        try:
            wanted = self.asked.wanted
        except host.Unreadable:
            return
        hosts = {each.id: each for each in with_newest(host.of(connection, changed.agents).values())}
        gone = [agent_id for agent_id, how in changed.agents.items() if "deleted" in how]
        if not hosts and not gone:
            return
        inside = host.matching(connection, wanted, list(hosts))
        for each in hosts.values():
            if each.id in inside:
                yield piece("#host-rows", UPSERT, row(each, may))
        for agent_id in [*gone, *(each for each in hosts if each not in inside)]:
            yield piece(f"#host-row-{agent_id}", DELETE)
        counted = counts(connection, self.asked)
        yield piece("#host-facets", MORPH, partial("hosts/_facets.html", **counted))
        yield piece("#host-total", MORPH, partial("hosts/_total.html", **counted))


@dataclass(frozen=True, slots=True)
class CommandTopic:
    """One command's page; what it prints is not in the journal: the stream says that there is more (fleet.web.live.growth)."""

    command_id: str

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        """Its state and facts."""
        agent_id = changed.commands.get(self.command_id)
        if agent_id is None:
            return
        with contextlib.suppress(NotFound):
            details = detailed(connection, agent_id, self.command_id)
            yield piece("#command-head", MORPH, partial("hosts/_command_head.html", may=may, **details))
            yield piece("#command-facts", MORPH, partial("hosts/_command_facts.html", may=may, **details))


@dataclass(frozen=True, slots=True)
class HostTopic:
    """One host's page."""

    agent_id: str

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        """Its header and what can be done with it, and the commands that have changed."""
        if self.agent_id not in changed.agents:
            return
        try:
            details = pages.detailed(connection, self.agent_id)
        except NotFound:
            yield piece("#agent-notice", FILL, partial("hosts/_gone.html"))
            return
        yield piece("#host-header", MORPH, partial("hosts/_header.html", **details))
        yield piece("#agent-pause", MORPH, partial("agents/_pause.html", agent=details["agent"], may=may))
        yield pages.gauges_piece(details["host"], may)
        mine = [command_id for command_id, owner in changed.commands.items() if owner == self.agent_id]
        for found in execution.of_ids(connection, mine):
            yield piece("#works", FIRST, partial("hosts/_command_row.html", work=Work(found), may=may))


def row(each: HostSummary, may: May) -> str:
    """A host's row, as list and stream show it."""
    return partial("hosts/_row.html", host=each, may=may)


def counts(connection: Connection, asked: HostList) -> dict[str, Any]:
    """How many hosts match, and how many of each state. Raises host.Unreadable."""
    by_state = host.counts_by_state(connection, asked.any_state)
    total = by_state[asked.state] if asked.state else sum(by_state.values())
    return {"counts": by_state, "total": total, "filters": asked}
