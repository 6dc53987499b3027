"""Keeping the audit's anchor up to date, and its length bounded: the anchor first, then the pruning."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import structlog

from fleet.config.database_trouble import why
from fleet.db import db, write
from fleet.db.greenlets import in_thread
from fleet.models.audit import Broken, Link, ends, retention
from fleet.models.audit import anchor as anchored

log = structlog.get_logger(__name__)


class Anchoring:
    """The audit of one database: `anchor` about once a minute and at the stop, `prune` now and then."""

    def __init__(self, database: Path | None, keep: timedelta) -> None:
        self._database = database
        self._keep = keep

    def anchor(self) -> Link | None:
        """Write the head down beside the database; returns what the anchor names, None where it is wrong.

        An anchor that is not in the chain is evidence: it stays, and the log says so each time. None also where
        it cannot be written: nothing is pruned then.
        """
        database = self._database
        with db.engine.connect() as connection:
            head = ends(connection).head
            if database is None:
                return head
            try:
                following = anchored.advance(connection, database)
            except Broken as broken:
                log.error("the audit does not hold; look with: fleet audit verify", why=broken.message)
                return None
        if following is not None:
            try:
                in_thread(lambda: anchored.write(database, following))
            except OSError as error:
                log.error("the audit's anchor cannot be written", why=why(anchored.path_of(database), error))
                return None
        return head

    def prune(self) -> None:
        """Drop what is older than is kept, chunk by chunk, as far as the anchor has come."""
        head = self.anchor()
        if head is None:
            return
        while write(lambda tx: retention.prune(tx, self._keep, head)) == retention.CHUNK:
            pass
