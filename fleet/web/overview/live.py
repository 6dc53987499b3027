"""What is live on the overview."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from fleet.models import agent, command
from fleet.models.agent import listed, summary
from fleet.models.agent.summary import Summary
from fleet.models.fleet_figures import Figures
from fleet.web.agents.live import cards_or_rows, leaves, lines
from fleet.web.live.topics import DELETE, MORPH, UPSERT, Changed, cached, partial, piece
from fleet.web.security.policy import May


@dataclass(frozen=True, slots=True)
class OverviewTopic:
    """The overview: figures, needs, the agents that are worth a look, the activity of all."""

    view: str

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        """Whatever of that changed."""
        coding = changed.coding(connection)
        if coding or changed.tasks:
            figures = changed.count(connection)
            yield piece("#figures", MORPH, partial("overview/_figures.html", figures=figures))
            yield piece("#needs-head", MORPH, partial("overview/_needs_head.html", figures=figures, may=may))
            yield piece("#agents-title", MORPH, partial("overview/_agents_title.html", figures=figures))
            if any(not reasons <= {"updated", "touched"} for reasons in coding.values()):
                yield quiet_line(connection, figures)
        agents = changed.read_agents(connection)
        for agent_id, reasons in coding.items():
            agent = agents.get(agent_id)
            if agent is None:
                yield from leaves(agent_id)
            if agent is None or not agent.needs_you:
                yield need_gone(connection, changed, agent_id, agent)
            else:
                yield piece("#needs-list", UPSERT, cached("overview/_need.html", agent=agent, may=may))
            if agent is None:
                continue
            yield from self.place(agent, may, enters="moved" in reasons)
        yield from lines(connection, list(changed.events), show_agent=True)

    def place(self, agent: Summary, may: May, *, enters: bool) -> Iterator[str]:
        """The agent among the others; who has become loud leaves the quiet ones, the rest stays where it is."""
        if self.view == "table" or not enters:
            yield cards_or_rows(agent, self.view, may, enters=enters)
        elif agent.state in listed.QUIET:
            yield piece("#quiet-cards", UPSERT, cached("agents/_card.html", agent=agent, may=may))
        else:
            yield piece(f"#quiet-cards > #agent-card-{agent.id}", DELETE)
            yield cards_or_rows(agent, self.view, may, enters=True)


def need_gone(connection: Connection, changed: Changed, agent_id: str, agent: Summary | None) -> str:
    """An agent leaves the needs; why, for whoever has the pointer on it: answered by whom, withdrawn, dismissed."""
    given = None
    if agent is not None and agent_id in changed.commands.values():
        newest = command.newest_answer(connection, agent_id, agent.answered_at)
        if newest is not None and newest.id in changed.commands and newest.outcome != "canceled":
            given = newest
    return piece(
        f"#need-{agent_id}", DELETE, partial("overview/_need_gone.html", agent_id=agent_id, agent=agent, given=given)
    )


def quiet_line(connection: Connection, figures: Figures) -> str:
    """The line that stands for the folded agents: how many, and the first of them by name."""
    first = summary.first(connection, agent.Filter(kind="coding", quiet=True), 5)
    html = partial("overview/_quiet_line.html", quiet=first, quiet_count=figures.quiet, figures=figures)
    return piece("#quiet-line", MORPH, html)
