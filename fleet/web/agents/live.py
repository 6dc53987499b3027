"""What is live on the list of agents and on one agent's page."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from fleet.errors import NotFound
from fleet.models import agent, command, event, todo
from fleet.models.agent import Agent
from fleet.models.agent.summary import Summary
from fleet.models.event import activity_line
from fleet.models.task import attempts
from fleet.models.task.cards import WORDS
from fleet.web.agents.listing import AgentList
from fleet.web.live.topics import DELETE, FILL, FIRST, MORPH, UPSERT, Changed, cached, partial, piece
from fleet.web.security.policy import May

# As many as a page of the conversation has.
UNREAD_MOST = 200


@dataclass(frozen=True, slots=True)
class AgentsTopic:
    """The list of agents under a filter: who enters it, changes in it, leaves it."""

    asked: AgentList

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        """The changed agents, and the counts beside the states."""
        coding = changed.coding(connection)
        if not coding:
            return
        agents = changed.read_agents(connection)
        inside = agent.matching(connection, self.asked.wanted, list(coding))
        for agent_id in coding:
            if agent_id in inside:
                yield cards_or_rows(agents[agent_id], self.asked.view, may, enters=True)
            else:
                yield from leaves(agent_id)
        counts = agent.counts_by_group(connection, self.asked.any_group)
        html = partial("agents/_facets.html", counts=counts, filters=self.asked)
        yield piece("#agent-facets", MORPH, html)
        total = agent.count(connection, self.asked.wanted)
        yield piece("#agent-total", MORPH, partial("agents/_total.html", total=total, filters=self.asked))


@dataclass(frozen=True, slots=True)
class AgentTopic:
    """One agent's page."""

    agent_id: str

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        """Its header and figures, its question, todos, tasks, commands and activity."""
        for each in attempts.among(connection, self.agent_id, list(changed.tasks)) if changed.tasks else ():
            yield piece("#agent-tasks", FIRST, partial("agents/_past_task.html", each=each, words=WORDS))
        if self.agent_id not in changed.agents:
            if changed.stops:
                with contextlib.suppress(NotFound):
                    known = Agent.of(agent.find(connection, self.agent_id))
                    yield from self.waiting(connection, known, may)
            return
        try:
            subject = Agent.of(agent.find(connection, self.agent_id))
        except NotFound:
            yield piece("#agent-notice", FILL, partial("agents/_gone.html", deleted_at=None))
            return
        for name in ("header", "pause", "strip", "question", "details"):
            html = partial(f"agents/_{name}.html", agent=subject, may=may)
            yield piece(f"#agent-{name}", MORPH, html)
        todos = todo.of_agent(connection, subject.id)
        html = partial("todos/_list.html", agent=subject, todos=todos, may=may)
        yield piece("#todo-list", MORPH, html)
        yield from self.waiting(connection, subject, may)
        for command_id, owner in changed.commands.items():
            if owner == subject.id:
                row = command.find(connection, subject.id, command_id)
                html = partial("commands/_command.html", command=row, agent=subject, may=may)
                yield piece("#commands", UPSERT, html)
        mine = [event_id for event_id, owner in changed.events.items() if owner == subject.id]
        yield from lines(connection, mine, show_agent=False)

    def waiting(self, connection: Connection, agent: Agent, may: May) -> Iterator[str]:
        """What nobody has read yet: a pause and a stop hold it, their end lets it go."""
        yield piece("#command-delivery", MORPH, partial("commands/_delivery.html", agent=agent))
        for row in command.of_agent(connection, agent.id, UNREAD_MOST, status="sent"):
            html = partial("commands/_command.html", command=row, agent=agent, may=may)
            yield piece(f"#command-{row.id}", MORPH, html)


def cards_or_rows(agent: Summary, view: str, may: May, *, enters: bool) -> str:
    """An agent's card or row; a new one comes in at the end, a known one changes in place."""
    name, container = ("row", "#agent-rows") if view == "table" else ("card", "#agent-cards")
    html = cached(f"agents/_{name}.html", agent=agent, may=may)
    return piece(container, UPSERT, html) if enters else piece(f"#agent-{name}-{agent.id}", MORPH, html)


def leaves(agent_id: str) -> Iterator[str]:
    """An agent leaves a list."""
    yield piece(f"#agent-card-{agent_id}", DELETE)
    yield piece(f"#agent-row-{agent_id}", DELETE)


def lines(connection: Connection, ids: list[str], *, show_agent: bool) -> Iterator[str]:
    """New lines of activity, each before the last one."""
    for one in activity_line.lines(event.by_ids(connection, ids[-50:])):
        html = cached("events/_event.html", event=one, show_agent=show_agent)
        yield piece("#activity", FIRST, html)
