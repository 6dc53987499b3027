"""Pieces that several topics send."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from fleet.models import event
from fleet.models.agent.summary import Glance
from fleet.models.event import activity_line
from fleet.web.live.topics import DELETE, FIRST, MORPH, UPSERT, kept, piece
from fleet.web.security.policy import May


def cards_or_rows(agent: Glance, view: str, may: May, *, enters: bool) -> str:
    """An agent's card or row; a new one comes in at the end, a known one changes in place."""
    name, container = ("row", "#agent-rows") if view == "table" else ("card", "#agent-cards")
    html = kept(f"agents/_{name}.html", agent=agent, may=may)
    return piece(container, UPSERT, html) if enters else piece(f"#agent-{name}-{agent.id}", MORPH, html)


def leaves(agent_id: str) -> Iterator[str]:
    """An agent leaves a list."""
    yield piece(f"#agent-card-{agent_id}", DELETE)
    yield piece(f"#agent-row-{agent_id}", DELETE)


def lines(connection: Connection, ids: list[str], *, show_agent: bool) -> Iterator[str]:
    """New lines of activity, each before the last one."""
    for one in activity_line.lines(event.by_ids(connection, ids[-50:])):
        html = kept("events/_event.html", event=one, show_agent=show_agent)
        yield piece("#activity", FIRST, html)
