"""`GET /live`: the one stream of a page, bringing the partials that changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Flask, Response, g, request

from fleet.db import db
from fleet.db.record import Record
from fleet.errors import Invalid
from fleet.models import journal
from fleet.web.framework.current import the_app
from fleet.web.live import Feed, feed
from fleet.web.live.feed import Reset
from fleet.web.live.frames import html_frame
from fleet.web.live.response import open_stream
from fleet.web.live.streams import Opening, Step, cursor
from fleet.web.live.topics import render
from fleet.web.security import authentication
from fleet.web.security.policy import May
from fleet.web.streams.topics import topic

live = Blueprint("live", __name__)

# Changes within this time share one frame.
TICK = 0.1
TOPICS_MOST, TOPIC_LONGEST = 8, 1000
GREETING = b": hello\nretry: 1000\n\n"
_rendered: dict[tuple[tuple[str, ...], str, int, int], bytes] = {}


@dataclass(frozen=True)
class Pages:
    """The topics of a page, for viewers of one role."""

    app: Flask
    source: Feed
    names: tuple[str, ...]
    role: str
    tick: float = TICK

    def advance(self, position: journal.Position) -> Step:
        """What changed as HTML, rendered once for all who stand at the same place."""
        try:
            rows = self.source.after(position)
        except Reset as reset:
            return Step(reset.position, html_frame(reset.position, reset.reason, "reset"))
        if not rows:
            return Step(position, b"")
        arrived = journal.Position(self.source.epoch, rows[-1].seq)
        key = (self.names, self.role, position.seq, arrived.seq)
        if key not in _rendered:
            if len(_rendered) >= 256:
                _rendered.clear()
            _rendered[key] = self.frame(arrived, rows)
        return Step(arrived, _rendered[key])

    def frame(self, arrived: journal.Position, rows: Sequence[Record]) -> bytes:
        """One frame with every piece that `rows` change on such a page."""
        topics = [found for name in self.names if (found := topic(name)) is not None]
        with self.app.app_context(), db.engine.connect() as connection:
            return html_frame(arrived, render(topics, rows, May.of(self.role), connection))


@live.get("/live")
def pages() -> Response:
    """Follow the topics in the query from the page's cursor on.

    A page that was made for another role than its reader has by now is told to read itself anew.
    """
    names = tuple(request.args.getlist("topic"))
    if len(names) > TOPICS_MOST or any(len(name) > TOPIC_LONGEST for name in names):
        raise Invalid("INVALID_TOPIC", "That is more than a page follows.", field="topic")
    source = feed()
    start = journal.Position.parse(cursor() or "") or source.position()
    app = the_app()
    role = g.identity.role
    greeting = GREETING
    if request.args.get("role", role) != role:
        greeting += html_frame(start, "role", "reset")
    return open_stream(Opening(Pages(app, source, names, role), start, greeting, authentication.grant()))
