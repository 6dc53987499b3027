"""The streams of hosts, for every dialect: a command's output and the metrics."""

from __future__ import annotations

from flask import Response

from fleet.db import db
from fleet.errors import Invalid
from fleet.models import agent, execution
from fleet.parts import the
from fleet.web.framework.current import the_notes
from fleet.web.http.respond import nothing
from fleet.web.live.outputs import OutputOf, Place
from fleet.web.live.response import open_stream
from fleet.web.live.snapshots import MetricsOf, Snapshots
from fleet.web.live.streams import cursor
from fleet.web.live.tails import TailOpening
from fleet.web.security import authentication, policy


def open_output(agent_id: str, command_id: str) -> Response:
    """Follow a command's output, from its beginning or from `Last-Event-ID`; 204, which ends an EventSource, after its end.

    Raises NotFound, and Invalid for a place that there is not.
    """
    with db.engine.connect() as connection:
        agent.find(connection, agent_id)
        row = execution.find(connection, agent_id, command_id)
    asked_from = cursor()
    place = Place() if asked_from is None else Place.parse(asked_from)
    if place is None:
        raise Invalid("INVALID_LAST_EVENT_ID", "This is no place in a command's output.", field="Last-Event-ID")
    if place.over:
        return nothing()
    # The place may be of a database that had more.
    stdout, stderr = (execution.printed(row, stream) for stream in execution.STREAMS)
    place = Place(min(place.stdout, stdout), min(place.stderr, stderr))
    following = OutputOf(agent_id, command_id, db.engine)
    return open_stream(TailOpening(following, place, authentication.grant()))


def open_metrics(agent_id: str, *, whole: bool) -> Response:
    """Follow a host's metrics, the last at once; times in `whole` seconds or as moments. Raises NotFound."""
    with db.engine.connect() as connection:
        agent.find(connection, agent_id)
    following = MetricsOf(agent_id, may_see_names(), whole, db.engine, the(Snapshots))
    return open_stream(TailOpening(following, None, authentication.grant()))


def may_see_names() -> bool:
    """Whether the caller may read the names of a host's processes (security.md 2)."""
    return policy.allows(the_notes().identity.role, "operator")
