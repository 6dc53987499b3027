"""What a page can follow, and which of its pieces a change renders anew.

A topic turns a range of the journal into `<hx-partial>` elements: each piece
is the same partial that the page rendered, made from the present rows, once
per (topic, role) however many changes and viewers there are.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl

from flask import current_app
from markupsafe import escape
from sqlalchemy import Connection

from fleet.db.record import Record
from fleet.models import fleet_figures
from fleet.models.agent import summary
from fleet.models.agent.summary import Summary
from fleet.models.fleet_figures import Figures
from fleet.parts import the
from fleet.web.live.partial_cache import PartialCache
from fleet.web.security.policy import May

# The swap styles of pieces; "depart" is our own: what the pointer is on leaves its place empty for a while (departures.js).
MORPH, UPSERT, FIRST, DELETE, FILL = "outerMorph", "upsert", "upsert-first", "depart", "innerHTML"


@dataclass(slots=True)
class Changed:
    """Who and what changed in a range of the journal, each once, in order.

    `agents` and `tasks` say how: `created`, `updated`, `deleted`; an agent also
    `moved` (its state changed) or `touched` (something of its own changed).
    `commands` and new `events` name their agent, `todos` the agents whose list changed,
    `notices` the last change that concerned somebody's notices.
    """

    agents: dict[str, set[str]] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    todos: set[str] = field(default_factory=set)
    tasks: dict[str, set[str]] = field(default_factory=dict)
    stops: set[str] = field(default_factory=set)
    notices: int = 0
    _agents: dict[str, Summary] | None = None
    _figures: Figures | None = None

    @classmethod
    def by(cls, rows: Sequence[Record]) -> Changed:
        """Collect from journal rows."""
        changed = cls()
        for row in rows:
            changed.note(row)
        return changed

    def note(self, row: Record) -> None:
        """Take one journal row in."""
        if row.agent_id is not None:
            reason = row.action if row.noun == "agent" else "touched"
            moved = "moved" if row.kind == "agent_status_changed" else reason
            self.agents.setdefault(row.agent_id, set()).update((reason, moved))
        match row.noun:
            case "command":
                self.commands[row.noun_id] = row.agent_id
            case "event" if row.action == "created":
                self.events[row.noun_id] = row.agent_id
            case "todo":
                self.todos.add(row.agent_id)
            case "task":
                self.tasks.setdefault(row.noun_id, set()).add(row.action)
            case "notice":
                self.notices = row.seq
            case "stop":
                self.stops.add(row.noun_id)

    def read_agents(self, connection: Connection) -> dict[str, Summary]:
        """Those of the changed agents that are still there; read once for all topics."""
        if self._agents is None:
            self._agents = summary.of(connection, self.agents)
        return self._agents

    def coding(self, connection: Connection) -> dict[str, set[str]]:
        """Those of `agents` that are no hosts, which have pages of their own; who is gone is among them."""
        known = self.read_agents(connection) if self.agents else {}
        return {
            agent_id: reasons
            for agent_id, reasons in self.agents.items()
            if agent_id not in known or known[agent_id].kind == "coding"
        }

    def count(self, connection: Connection) -> Figures:
        """The fleet's figures; counted once for all topics."""
        if self._figures is None:
            self._figures = fleet_figures.figures(connection)
        return self._figures


class Topic(Protocol):
    """Something that a page follows."""

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        """The `<hx-partial>` elements that bring a page up to date."""


def partial(template: str, **subject: Any) -> str:
    """A partial, rendered alone with its subject and the globals."""
    return current_app.jinja_env.get_template(template).render(**subject)


def cached(template: str, **subject: Hashable) -> str:
    """The same of a subject that may have been rendered before, for a page or for another topic."""
    return the(PartialCache).partial(template, **subject)


def piece(target: str, swap: str, html: str = "") -> str:
    """One swap for htmx; a target that is not on the page is passed over."""
    return f'<hx-partial hx-target="{escape(target)}" hx-swap="{swap}">{html}</hx-partial>'


def parse(text: str) -> tuple[str, dict[str, str]]:
    """A topic's name and its parameters."""
    name, _, query = text.partition("?")
    return name, dict(parse_qsl(query))
