"""What is live on one agent's page."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from fleet.errors import NotFound
from fleet.models import command, todo
from fleet.models.agent import Agent, listed
from fleet.web.live.pieces import lines
from fleet.web.live.topics import FILL, MORPH, UPSERT, Changed, partial, piece
from fleet.web.security.policy import May

# As many as a page of the conversation has.
UNREAD_MOST = 200


@dataclass(frozen=True, slots=True)
class AgentTopic:
    """One agent's page."""

    agent_id: str

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        """Its header and figures, its question, todos, commands and activity."""
        if self.agent_id not in changed.agents:
            if changed.stops:
                with contextlib.suppress(NotFound):
                    known = listed.records([listed.get(connection, self.agent_id)])
                    yield from self.waiting(connection, known[0], may)
            return
        agent = listed.record(connection, self.agent_id)
        if agent is None:
            yield piece("#agent-notice", FILL, partial("agents/_gone.html", deleted_at=None))
            return
        for name in ("header", "pause", "strip", "question", "details"):
            html = partial(f"agents/_{name}.html", agent=agent, may=may)
            yield piece(f"#agent-{name}", MORPH, html)
        todos = todo.of_agent(connection, agent.id)
        html = partial("todos/_list.html", agent=agent, todos=todos, may=may)
        yield piece("#todo-list", MORPH, html)
        yield from self.waiting(connection, agent, may)
        for command_id, owner in changed.commands.items():
            if owner == agent.id:
                row = command.get(connection, agent.id, command_id)
                html = partial("commands/_command.html", command=row, agent=agent, may=may)
                yield piece("#commands", UPSERT, html)
        mine = [event_id for event_id, owner in changed.events.items() if owner == agent.id]
        yield from lines(connection, mine, show_agent=False)

    def waiting(self, connection: Connection, agent: Agent, may: May) -> Iterator[str]:
        """What nobody has read yet: a pause and a stop hold it, their end lets it go."""
        yield piece("#command-delivery", MORPH, partial("commands/_delivery.html", agent=agent))
        for row in command.of_agent(connection, agent.id, UNREAD_MOST, status="sent"):
            html = partial("commands/_command.html", command=row, agent=agent, may=may)
            yield piece(f"#command-{row.id}", MORPH, html)
