"""The topics of the pages there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from fleet.models import command, event, todo
from fleet.models.agent import Agent, listed
from fleet.web.agent_list import AgentList
from fleet.web.auth import May
from fleet.web.live.topics import DELETE, FILL, FIRST, MORPH, UPSERT, Changed, Topic, parse, partial, piece

BADGES = ("badge-overview", "badge-agents", "badge-overview-phone", "badge-agents-phone")


class FrameTopic:
    """The badges of every page."""

    def pieces(
        self,
        connection: Connection,
        changed: Changed,
        may: May,  # noqa: ARG002  # badges are the same for every role
    ) -> Iterator[str]:
        """The badges, when any agent changed."""
        if changed.agents:
            count = listed.figures(connection).needs_you
            for badge in BADGES:
                html = partial("shared/_badge.html", badge_id=badge, count=count)
                yield piece(f"#{badge}", MORPH, html)


def cards_or_rows(agent: Agent, view: str, may: May, *, enters: bool) -> str:
    """An agent's card or row; a new one comes in at the end, a known one changes in place."""
    name, container = ("row", "#agent-rows") if view == "table" else ("card", "#agent-cards")
    html = partial(f"agents/_{name}.html", agent=agent, may=may)
    return piece(container, UPSERT, html) if enters else piece(f"#agent-{name}-{agent.id}", MORPH, html)


def leaves(agent_id: str) -> Iterator[str]:
    """An agent leaves a list."""
    yield piece(f"#agent-card-{agent_id}", DELETE)
    yield piece(f"#agent-row-{agent_id}", DELETE)


@dataclass(frozen=True, slots=True)
class OverviewTopic:
    """The overview: figures, needs, the agents that are worth a look, the activity of all."""

    view: str

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        """Whatever of that changed."""
        if changed.agents or changed.tasks:
            figures = listed.figures(connection)
            yield piece("#figures", MORPH, partial("overview/_figures.html", figures=figures))
            yield piece("#needs-head", MORPH, partial("overview/_needs_head.html", figures=figures))
        agents = changed.read_agents(connection)
        for agent_id, reasons in changed.agents.items():
            agent = agents.get(agent_id)
            if agent is None:
                yield from leaves(agent_id)
                yield piece(f"#need-{agent_id}", DELETE)
                continue
            yield self.need(agent, may)
            loud = agent.state not in listed.QUIET
            yield cards_or_rows(agent, self.view, may, enters=loud and "moved" in reasons)
        yield from lines(connection, list(changed.events), show_agent=True)

    def need(self, agent: Agent, may: May) -> str:
        """The agent's place among the needs, or its leaving it."""
        if not agent.needs_you:
            return piece(f"#need-{agent.id}", DELETE)
        return piece("#needs-list", UPSERT, partial("overview/_need.html", agent=agent, may=may))


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
        for agent_id, reasons in changed.agents.items():
            if agent_id in inside:
                enters = "moved" in reasons and not self.asked.q
                yield cards_or_rows(agents[agent_id], self.asked.view, may, enters=enters)
            else:
                yield from leaves(agent_id)
        counts = listed.counts_by_state(connection, self.asked.any_state)
        html = partial("agents/_facets.html", counts=counts, filters=self.asked)
        yield piece("#agent-facets", MORPH, html)


@dataclass(frozen=True, slots=True)
class AgentTopic:
    """One agent's page."""

    agent_id: str

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        """Its header and figures, its question, todos, commands and activity."""
        if self.agent_id not in changed.agents:
            return
        agent = changed.read_agents(connection).get(self.agent_id)
        if agent is None:
            yield piece("#agent-notice", FILL, partial("agents/_gone.html", deleted_at=None))
            return
        for name in ("header", "strip", "question", "details"):
            html = partial(f"agents/_{name}.html", agent=agent, may=may)
            yield piece(f"#agent-{name}", MORPH, html)
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


def lines(connection: Connection, ids: list[str], *, show_agent: bool) -> Iterator[str]:
    """New lines of activity, each before the last one."""
    for row in event.by_ids(connection, ids[-50:]):
        html = partial("events/_event.html", event=row, show_agent=show_agent)
        yield piece("#activity", FIRST, html)


def overview(_: str, parameters: dict[str, str]) -> Topic:
    """The overview's topic."""
    return OverviewTopic(AgentList.of(parameters).view or "cards")


MADE: dict[str, Callable[[str, dict[str, str]], Topic]] = {
    "frame": lambda _, __: FrameTopic(),
    "overview": overview,
    "agents": lambda _, parameters: AgentsTopic(AgentList.of(parameters)),
    "agent": lambda subject, _: AgentTopic(subject),
}


def topic(text: str) -> Topic | None:
    """The topic that `text` names, or None: an old page may ask for what is no more."""
    name, parameters = parse(text)
    noun, _, subject = name.partition("/")
    make = MADE.get(noun)
    return make(subject, parameters) if make else None
