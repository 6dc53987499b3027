"""`GET /live`: the one stream of a page, bringing the partials that changed."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, g, request

from fleet.db import db
from fleet.errors import Invalid
from fleet.models.change import Position
from fleet.web import auth
from fleet.web.auth import May
from fleet.web.live import feed
from fleet.web.live.feed import Reset
from fleet.web.live.frames import html_frame
from fleet.web.live.page_topics import topic
from fleet.web.live.streams import Step, cursor, respond_with_stream
from fleet.web.live.topics import render

live = Blueprint("live", __name__)

# Changes within this time share one frame.
TICK = 0.1
TOPICS_MOST, TOPIC_LONGEST = 8, 1000
_rendered: dict[tuple[tuple[str, ...], str, int, int], bytes] = {}


@live.get("/live")
def pages() -> Response:
    """Follow the topics in the query from the page's cursor on."""
    names = tuple(request.args.getlist("topic"))
    if len(names) > TOPICS_MOST or any(len(name) > TOPIC_LONGEST for name in names):
        raise Invalid("INVALID_TOPIC", "That is more than a page follows.", field="topic")
    topics = [found for name in names if (found := topic(name)) is not None]
    role = g.identity.role
    source = feed()
    head = source.position()
    start = Position.parse(cursor() or "") or head
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # werkzeug's proxy

    def advance(position: Position) -> Step:
        try:
            rows = source.after(position)
        except Reset as reset:
            return Step(reset.position, html_frame(reset.position, reset.reason, "reset"))
        if not rows:
            return Step(position, b"")
        arrived = Position(source.epoch, rows[-1].seq)
        key = (names, role, position.seq, arrived.seq)
        chunk = _rendered.get(key)
        if chunk is None:
            with app.app_context(), db.engine.connect() as connection:
                chunk = html_frame(arrived, render(topics, rows, May.of(role), connection))
            if len(_rendered) >= 256:
                _rendered.clear()
            _rendered[key] = chunk
        return Step(arrived, chunk)

    greeting = b": hello\nretry: 1000\n\n"
    return respond_with_stream(source, start, greeting, advance, auth.still_good(), TICK)
