"""What is live on the list of agents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from fleet.models.agent import listed
from fleet.web.agents.listing import AgentList
from fleet.web.live.pieces import cards_or_rows, leaves
from fleet.web.live.topics import MORPH, Changed, partial, piece
from fleet.web.security.policy import May


@dataclass(frozen=True, slots=True)
class AgentsTopic:
    """The list of agents under a filter: who enters it, changes in it, leaves it."""

    asked: AgentList

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        """The changed agents, and the counts beside the states."""
        if not changed.agents:
            return
        agents = changed.read_agents(connection)
        inside = listed.matching(connection, self.asked.wanted, list(agents))
        for agent_id in changed.agents:
            if agent_id in inside:
                yield cards_or_rows(agents[agent_id], self.asked.view, may, enters=True)
            else:
                yield from leaves(agent_id)
        counts = listed.counts_by_state(connection, self.asked.any_state)
        html = partial("agents/_facets.html", counts=counts, filters=self.asked)
        yield piece("#agent-facets", MORPH, html)
        total = connection.execute(listed.count(self.asked.wanted.conditions())).scalar_one()
        yield piece("#agent-total", MORPH, partial("agents/_total.html", total=total, filters=self.asked))
