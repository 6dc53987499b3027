"""What changes on pages, rendered once for all who see it.

Kept per topic, role and stretch of the journal, not per set of topics: every
browser follows another set, and they have most of it in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import Flask

from fleet.db import db
from fleet.db.record import Record
from fleet.models import journal
from fleet.web.live.frames import piece_frame
from fleet.web.live.topics import Changed
from fleet.web.security.policy import May
from fleet.web.streams.topics import topic

# Pairs of a topic's key and its text.
Topics = tuple[tuple[str, str], ...]
BYTES_MOST = 8 * 2**20
STRETCHES_MOST = 64


@dataclass(slots=True)
class Stretch:
    """A stretch of the journal: what changed in it, and the frames made of that by topic and role."""

    changed: Changed
    frames: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def missing(self, topics: Topics, role: str) -> Topics:
        """The topics that nobody of this role has asked for."""
        return tuple((key, text) for key, text in topics if (key, role) not in self.frames)


class Rendering:
    """The frames of one application, for those who come to the same place a moment later."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stretches: dict[tuple[journal.Position, int], Stretch] = {}
        self._bytes = 0

    def chunk(self, topics: Topics, role: str, start: journal.Position, rows: Sequence[Record]) -> bytes:
        """A labelled piece for each topic that `rows`, the changes after `start`, do something to."""
        stretch = self._stretch(start, rows)
        missing = stretch.missing(topics, role)
        if missing:
            with self._app.app_context(), db.engine.connect() as connection:
                may = May.of(role)
                for key, text in missing:
                    subject = topic(text)
                    pieces = subject.pieces(connection, stretch.changed, may) if subject else ()
                    html = "\n".join(pieces)
                    stretch.frames[key, role] = frame = piece_frame(key, html) if html else b""
                    self._bytes += len(frame)
        return b"".join([stretch.frames[key, role] for key, _ in topics])

    def _stretch(self, start: journal.Position, rows: Sequence[Record]) -> Stretch:
        place = (start, rows[-1].seq)
        found = self._stretches.get(place)
        if found is None:
            if len(self._stretches) >= STRETCHES_MOST or self._bytes > BYTES_MOST:
                self._stretches.clear()
                self._bytes = 0
            found = self._stretches[place] = Stretch(Changed.by(rows))
        return found
