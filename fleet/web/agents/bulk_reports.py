"""The page that tells how something goes on that was said to many agents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from fleet.db import db
from fleet.errors import NotFound
from fleet.models import command
from fleet.models.agent import summary
from fleet.web.framework.current import the_settings
from fleet.web.live.topics import MORPH, Changed, partial, piece
from fleet.web.pages.page import page_context, render
from fleet.web.security.policy import May


def show(bulk_id: str) -> str:
    """The report. Raises NotFound."""
    root = the_settings().base_path
    with db.engine.connect() as connection:
        command.find_bulk(connection, bulk_id)
    crumbs = [("Agents", f"{root}/agents"), ("Sent to many", None)]
    page = page_context(title="Sent to many", nav="agents", topics=[f"bulk/{bulk_id}"], crumbs=crumbs)
    with db.engine.connect() as connection:
        return render("commands/bulk.html", page, **detailed(connection, bulk_id))


def detailed(connection: Connection, bulk_id: str) -> dict[str, Any]:
    """What the report's partials are about. Raises NotFound."""
    bulk, rows = command.find_bulk(connection, bulk_id), command.told(connection, bulk_id)
    agents = summary.of(connection, [row.agent_id for row in rows])
    told = [(row, agents[row.agent_id], command.standing(row)) for row in rows if row.agent_id in agents]
    return {"bulk": bulk, "told": told, "report": command.report_of(bulk, rows)}


@dataclass(frozen=True, slots=True)
class BulkTopic:
    """One report: who has read it meanwhile, who has answered, who is gone."""

    bulk_id: str

    def pieces(
        self,
        connection: Connection,
        changed: Changed,
        may: May,  # noqa: ARG002  # every topic is asked so; a report shows the same to all
    ) -> Iterator[str]:
        """All of it, when one of its agents or their commands has changed."""
        if not changed.agents:
            return
        try:
            details = detailed(connection, self.bulk_id)
        except NotFound:
            return
        known = {agent.id for _, agent, _ in details["told"]}
        gone = any("deleted" in how for how in changed.agents.values())
        if known.isdisjoint(changed.agents) and not gone:
            return
        yield piece("#bulk-head", MORPH, partial("commands/_bulk_head.html", **details))
        yield piece("#bulk-told", MORPH, partial("commands/_bulk_told.html", **details))
