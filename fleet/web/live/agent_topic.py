"""What is live on one agent's page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from fleet.models import command, todo
from fleet.models.agent import listed
from fleet.web.live.pieces import lines
from fleet.web.live.topics import FILL, MORPH, UPSERT, Changed, partial, piece
from fleet.web.policy import May


@dataclass(frozen=True, slots=True)
class AgentTopic:
    """One agent's page."""

    agent_id: str

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        """Its header and figures, its question, todos, commands and activity."""
        if self.agent_id not in changed.agents:
            return
        agent = listed.record(connection, self.agent_id)
        if agent is None:
            yield piece("#agent-notice", FILL, partial("agents/_gone.html", deleted_at=None))
            return
        for name in ("header", "strip", "question", "details"):
            html = partial(f"agents/_{name}.html", agent=agent, may=may)
            yield piece(f"#agent-{name}", MORPH, html)
        yield piece("#command-delivery", MORPH, partial("commands/_delivery.html", agent=agent))
        todos = todo.of_agent(connection, agent.id)
        html = partial("todos/_list.html", agent=agent, todos=todos, may=may)
        yield piece("#todo-list", MORPH, html)
        for command_id, owner in changed.commands.items():
            if owner == agent.id:
                row = command.get(connection, agent.id, command_id)
                html = partial("commands/_command.html", command=row, agent=agent, may=may)
                yield piece("#commands", UPSERT, html)
        mine = [event_id for event_id, owner in changed.events.items() if owner == agent.id]
        yield from lines(connection, mine, show_agent=False)
