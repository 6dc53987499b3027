"""What is committed for a host is put on its link: commands in their order, and the wish that one ends."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from functools import partial

import msgspec
import structlog
from flask import Flask

from fleet import clock, protocol
from fleet.bus import Bus, News
from fleet.db import db, write
from fleet.db.record import Stored
from fleet.links import Link, Links
from fleet.models import execution
from fleet.sealing import Sealer, Unsealable
from fleet.web.link.conversation import goodbye
from fleet.web.link.messages import encode, saying

log = structlog.get_logger(__name__)

AT_ONCE = 200
LOST_KEY = "What it said cannot be read any more: the key beside the database is not the one that it was sealed with."


class Delivery:
    """Follows the news, and sends what they are about to the links of this process."""

    def __init__(self, app: Flask, bus: Bus, links: Links, sealer: Sealer) -> None:
        self._app = app
        self._links = links
        self._sealer = sealer
        self._changed: deque[str] = deque()
        self._some = threading.Event()
        self._thread: threading.Thread | None = None
        self._stopped = False
        bus.listen(self._hear)

    def stop(self) -> None:
        """Send no more."""
        self._stopped = True
        self._some.set()

    def _hear(self, news: Sequence[News]) -> None:
        """In the publisher's own thread: quick, and never raises."""
        if not len(self._links):
            return
        for item in news:
            if item.kind in ("command_received", "command_updated"):
                self._changed.append(item.subject)
            elif item.kind == "agent_deleted":
                link = self._links.of(item.subject)
                if link is not None:
                    goodbye(self._links, link, protocol.KEY_ENDED, "this host was deleted", None)
        if self._changed:
            self._some.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="links' delivery", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._stopped:
            self._some.wait()
            self._some.clear()
            while self._changed and not self._stopped:
                ids = [self._changed.popleft() for _ in range(min(AT_ONCE, len(self._changed)))]
                try:
                    with self._app.app_context():
                        self._deliver(list(dict.fromkeys(ids)))
                except Exception:
                    # The daemon is told when it says hello the next time; nothing is lost.
                    log.exception("commands could not be put on their hosts' links")

    def _deliver(self, ids: list[str]) -> None:
        with db.engine.connect() as connection:
            rows = [row for row in execution.of_ids(connection, ids) if row.ended_at is None]
        for row in rows:
            if row.cancel_at is not None:
                self._cancel(row)
        self._send([row for row in rows if row.cancel_at is None and row.status == "sent"])

    def _cancel(self, row: Stored) -> None:
        link = self._links.of(row.agent_id)
        if link is not None:
            self._links.send(link, saying("cancel", id=row.id))

    def _send(self, rows: list[Stored]) -> None:
        """Put new commands on their links; those that were not promised to a link are handed over first."""
        due: dict[str, list[Stored]] = {}
        for row in rows:
            link = self._links.of(row.agent_id)
            if link is not None and row.id not in link.talk.sent:
                due.setdefault(row.agent_id, []).append(row)
            elif link is None and row.handed_at is not None and self._links.was_promised(row.agent_id):
                write(partial(execution.take_back, rows=[row]))  # its link went in between: it never saw it
        late = [row for rows_of_one in due.values() for row in rows_of_one if row.handed_at is None]
        if late:
            free = write(partial(execution.hand_over, rows=late))
            due = {a: [r for r in rs if r.handed_at is not None or r.id in free] for a, rs in due.items()}
        for agent_id, rows_of_one in due.items():
            link = self._links.of(agent_id)
            if link is not None:
                self.send_all(link, rows_of_one)

    def send_all(self, link: Link, rows: Sequence[Stored]) -> None:
        """Put these on a link, in their order; they are handed over already."""
        for row in rows:
            if row.id in link.talk.sent:
                continue
            message = self.message(row)
            if message is not None:
                link.talk.sent.add(row.id)
                self._links.send(link, message)

    def message(self, row: Stored) -> str | None:
        """The command as its host gets it; one that cannot be opened any more ends as failed."""
        try:
            sealed = self._sealer.open(row.sealed or b"", execution.purpose(row.id))
        except (Unsealable, OSError) as error:
            log.error("a command cannot be opened", command=row.id, why=str(error))
            write(lambda tx: execution.end_unreported(tx, row, "failed", LOST_KEY))
            return None
        left = max(0.0, (row.expires_at - clock.now()).total_seconds())
        values = {"id": row.id, "seq": row.seq, "params": msgspec.Raw(sealed), "expires_in": left}
        return encode({"type": "command", **values}).decode()
