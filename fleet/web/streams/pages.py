"""`GET /live`: the one stream of a browser, bringing the pieces of all its pages that changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, g, request

from fleet.errors import Invalid
from fleet.models import journal
from fleet.parts import the
from fleet.web.live import Feed, feed, topic_keys
from fleet.web.live.feed import Reset
from fleet.web.live.frames import at_frame, greeting, grown_frame, reset_pages, unknown_frame
from fleet.web.live.response import open_stream
from fleet.web.live.streams import Opening, Step, cursor
from fleet.web.live.viewer import who
from fleet.web.security import authentication
from fleet.web.security.policy import allows
from fleet.web.streams.rendering import Rendering, Topics

live = Blueprint("live", __name__)

# Changes within this time share one group of pieces.
TICK = 0.1
# The topic of a command's page.
OUTPUT = "command/"
TOPICS_MOST, TOPIC_LONGEST = 200, 4000


@dataclass(frozen=True)
class Pages:
    """The topics of a browser's pages, for viewers of one role."""

    rendering: Rendering
    source: Feed
    topics: Topics
    role: str
    tick: float = TICK

    @property
    def subjects(self) -> frozenset[str]:
        """The commands whose output the pages show; a viewer's show none (security.md 2)."""
        if not allows(self.role, "operator"):
            return frozenset()
        return frozenset(key.removeprefix(OUTPUT) for key, _ in self.topics if key.startswith(OUTPUT))

    def grown(self, subject: str) -> bytes:
        """A command has printed more, or has ended."""
        return grown_frame(OUTPUT + subject)

    def advance(self, position: journal.Position) -> Step:
        """What changed as labelled HTML, then where that leads to."""
        try:
            rows = self.source.after(position)
        except Reset as reset:
            return Step(reset.position, reset_pages(reset.position, reset.reason))
        if not rows:
            return Step(position, b"")
        arrived = journal.Position(self.source.epoch, rows[-1].seq)
        return Step(arrived, self.rendering.chunk(self.topics, self.role, position, rows) + at_frame(arrived))


@live.get("/live")
def pages() -> Response:
    """Follow the topics in the query, each a text or its key, from the cursor on.

    The greeting says whose stream it is; then come the keys that mean nothing here.
    `again` says that it takes the place of one that is still open for a moment.
    """
    topics, unknown = asked_topics(request.args.getlist("topic"))
    source = feed()
    start = journal.Position.parse(cursor() or "") or source.position()
    identity = g.identity
    first = greeting(identity.role, who(identity)) + b"".join(map(unknown_frame, unknown))
    following = Pages(the(Rendering), source, topics, identity.role)
    opening = Opening(following, start, first, authentication.grant())
    return open_stream(opening, spare=1 if "again" in request.args else 0)


def asked_topics(names: Sequence[str]) -> tuple[Topics, list[str]]:
    """What is asked for, in one order for everybody, and the keys that mean nothing here. Raises Invalid."""
    if len(names) > TOPICS_MOST or any(len(name) > TOPIC_LONGEST for name in names):
        raise Invalid("INVALID_TOPIC", "That is more than a browser's pages follow.", field="topic")
    texts = {name: topic_keys.text_of(name) for name in names}
    topics = {topic_keys.key(text): text for text in texts.values() if text is not None}
    return tuple(sorted(topics.items())), sorted(name for name, text in texts.items() if text is None)
