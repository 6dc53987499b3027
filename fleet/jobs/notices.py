"""Noticing and sending, beside the requests: one loop that finds what is due, a few that carry it out.

Nothing in here is remembered but how far the journal was looked at: what is
due, tried and done stands in the database, so that a killed process leaves
nothing undone and nothing twice, but for a message that was just being sent.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import structlog
from flask import Flask

from fleet import clock
from fleet.bus import Bus, News
from fleet.config import Settings
from fleet.db import Transaction, db, write
from fleet.models import journal
from fleet.models.notice import detection, held, mail_trouble, outcomes, queue
from fleet.models.notice.detection import TELLING
from fleet.models.notice.parcels import carry
from fleet.models.notice.queue import Hand, Message

log = structlog.get_logger(__name__)

# Reports often come in two calls, such as an error and what it was: they are looked at together.
SETTLE = 1.0
# The database is looked at this often anyway; news may be lost between processes.
LOOK_EVERY = 5.0
SENDERS = 8
# So many rows of the journal may be looked at again after a crash.
REPEATED_MOST = 5000


def begin_anew(tx: Transaction) -> None:
    """What the only process there is does first: nothing is being sent, and mail may go out again by other settings."""
    queue.hand_back(tx)
    mail_trouble.end(tx)


class Notices:
    """The notices of one serving process."""

    def __init__(self, app: Flask, settings: Settings, bus: Bus) -> None:
        self._app = app
        self._settings = settings
        self._news = threading.Event()
        self._stopped = threading.Event()
        self._hands: list[Hand] = []
        self._position: journal.Position | None = None
        self._bus = bus

    def start(self) -> None:
        """Begin."""
        self._bus.listen(self._hear)
        threading.Thread(target=self._run, name="notices", daemon=True).start()

    def stop(self) -> None:
        """End at the next turn; what is being sent may finish."""
        self._stopped.set()
        self._news.set()

    def _hear(self, news: Sequence[News]) -> None:
        if any(item.kind in TELLING or item.kind == "notices_changed" for item in news):
            self._news.set()

    def _run(self) -> None:
        # SQLite serves one process, so what is in hand at its start is in a dead one's.
        alone = self._settings.sqlite_path is not None
        while not self._stopped.is_set():
            try:
                with self._app.app_context():
                    if alone:
                        write(begin_anew)
                        alone = False
                    wait = self.turn()
            except Exception:
                log.exception("notices could not be looked after; they are again in a moment")
                wait = LOOK_EVERY
            if self._news.wait(wait):
                self._stopped.wait(SETTLE)
            self._news.clear()

    def turn(self) -> float:
        """Notice what happened, begin to send what is due; returns in how many seconds something is due next."""
        self.notice()
        with db.engine.connect() as connection:
            due = queue.next_due(connection)
        now = clock.now()
        if due is not None and due <= now:
            write(held.release)
            write(held.forget_unseen)
            self._send()
            return SETTLE
        return LOOK_EVERY if due is None else min(LOOK_EVERY, max(0.1, (due - now) / timedelta(seconds=1)))

    def notice(self) -> None:
        """Read the journal on, and write down what there is to tell."""
        while True:
            with db.engine.connect() as connection:
                stored = detection.cursor(connection)
                stretch = detection.after(connection, self._position or stored)
                difference = detection.difference(connection, stretch.agents)
            # A busy fleet reports figures all the time: only what tells something is worth a write.
            if difference or stretch.end.seq - stored.seq > REPEATED_MOST or stretch.end.epoch != stored.epoch:
                write(partial(detection.note, stretch=stretch))
            self._position = stretch.end
            if not stretch.full:
                return

    def _send(self) -> None:
        free = SENDERS - len(self._hands)
        if free <= 0:
            return
        hands = tuple(self._hands)
        for message in write(lambda tx: queue.take(tx, hands, free)):
            hand = (message.channel.id, message.person.id)
            self._hands.append(hand)
            threading.Thread(target=self._carry, args=(message, hand), name="notice", daemon=True).start()

    def _carry(self, message: Message, hand: Hand) -> None:
        try:
            with self._app.app_context():
                outcome = carry(message, self._settings)
                write(lambda tx: outcomes.finish(tx, message, outcome))
        except Exception:
            # It stays taken for a minute, and is sent again then, under the same id.
            log.exception("what came of a notice could not be written down", channel=message.channel.id)
        finally:
            self._hands.remove(hand)
            self._news.set()
