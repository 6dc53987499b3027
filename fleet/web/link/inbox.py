"""What daemons say waits here for one writer, which writes it down for all of them together, and answers."""

from __future__ import annotations

import threading
import time
from collections import deque
from functools import partial

import gevent
import structlog
from flask import Flask

from fleet import protocol
from fleet.db import write
from fleet.errors import StorageUnavailable
from fleet.links import Link, Links
from fleet.models import execution
from fleet.web.link import greeting
from fleet.web.link.conversation import Talk, goodbye
from fleet.web.link.delivery import Delivery
from fleet.web.link.messages import Accepted, Hello, Said, Started, saying
from fleet.web.link.newcomers import ANOTHER, gives_way
from fleet.web.link.watching import Watching
from fleet.web.link.writing import Answers, Entry, write_down
from fleet.web.live.followers import Followers

log = structlog.get_logger(__name__)

# One write takes at most so many messages, or so many bytes: others write too.
MESSAGES_MOST, BYTES_MOST = 500, 1 << 19
# Seconds for which a word that nobody waits for gives others the time to come: a short command says all its words
# within that, and they are one commit.
PATIENCE = 0.02
# Seconds until a database that cannot be written is tried again; nothing is acknowledged meanwhile, nothing lost.
AGAIN = 1.0


class Inbox:
    """Messages of all links, in the order of their coming."""

    def __init__(
        self,
        app: Flask,
        links: Links,
        delivery: Delivery,
        followers: Followers,
        watching: Watching,
        limits: execution.Limits,
    ) -> None:
        self._app = app
        self._links = links
        self._delivery = delivery
        self._followers = followers
        self._watching = watching
        self._limits = limits
        self._entries: deque[Entry] = deque()
        self._some = threading.Event()
        self._in_a_hurry = False
        self._thread: threading.Thread | None = None
        self._stopped = False

    def put(self, link: Link, said: Said, size: int) -> None:
        """Deal with it soon. A second hello of one host waits until it is known whether the first one lives."""
        talk: Talk = link.talk
        entry = Entry(link, said, size, talk.address)
        if isinstance(said, Hello) and self._links.of(link.agent_id) is not None:
            gevent.spawn(self._put_newcomer, entry)
            return
        self._put(entry)

    def stop(self) -> None:
        """Write what has come, and no more."""
        self._stopped = self._in_a_hurry = True
        self._some.set()

    def _put(self, entry: Entry) -> None:
        self._entries.append(entry)
        if not isinstance(entry.said, Accepted | Started):
            self._in_a_hurry = True
        self._some.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="links' inbox", daemon=True)
            self._thread.start()

    def _put_newcomer(self, entry: Entry) -> None:
        if gives_way(self._links, entry.link.agent_id):
            self._put(entry)
        else:
            goodbye(self._links, entry.link, protocol.CLONE, ANOTHER, None)

    def _run(self) -> None:
        while True:
            self._some.wait()
            self._some.clear()
            self._be_patient()
            while self._entries:
                batch = self._take()
                self._deal_with(batch)
            if self._stopped:
                return

    def _be_patient(self) -> None:
        """Return when something has come that somebody waits for, or there is enough to write, or after a moment."""
        until = time.monotonic() + PATIENCE
        while not self._in_a_hurry and len(self._entries) < MESSAGES_MOST and (left := until - time.monotonic()) > 0:
            self._some.wait(left)
            self._some.clear()
        self._in_a_hurry = self._stopped

    def _take(self) -> list[Entry]:
        batch: list[Entry] = []
        size = 0
        while self._entries and len(batch) < MESSAGES_MOST and size < BYTES_MOST:
            batch.append(self._entries.popleft())
            size += batch[-1].size
        return batch

    def _deal_with(self, batch: list[Entry]) -> None:
        with self._app.app_context():
            while True:
                try:
                    answers = write(partial(write_down, entries=batch, limits=self._limits))
                except StorageUnavailable as error:
                    log.error("what daemons say could not be written down; it is tried again", why=error.message)
                    if self._stopped:
                        return  # nothing of it was acknowledged: it will be said again
                    gevent.sleep(AGAIN)
                except Exception:
                    log.exception("what daemons say could not be dealt with", messages=len(batch))
                    self._find_culprit(batch)
                    break
                else:
                    self._answer(answers)
                    break
        for entry in batch:
            self._links.done_with(entry.link, entry.size)

    def _find_culprit(self, batch: list[Entry]) -> None:
        """One of these cannot be written down, which nobody foresaw: its link ends, the others do not notice."""
        if len(batch) > 1:
            for entry in batch:
                self._deal_with([entry._replace(size=0)])
            return
        goodbye(self._links, batch[0].link, protocol.BAD_MESSAGE, "this could not be dealt with")

    def _answer(self, answers: Answers) -> None:
        for link, greeted in answers.greetings:
            self._welcome(link, greeted)
        for (_, command_id), (link, ends) in answers.wanted.items():
            self._links.send(link, saying("want", id=command_id, **ends))
        for link, command_id in answers.forget:
            self._links.send(link, saying("forget", id=command_id))
        for link, why in answers.strange:
            goodbye(self._links, link, protocol.BAD_MESSAGE, why)
        self._followers.tell(answers.moved)

    def _welcome(self, link: Link, greeted: greeting.Greeting | None) -> None:
        if greeted is None:
            goodbye(self._links, link, protocol.KEY_ENDED, "this host was deleted", None)
        elif greeted.session is None:
            goodbye(self._links, link, protocol.CLONE, "this disk is a copy of another host's; enrol anew", None)
        elif link.fd >= 0:
            link.talk.welcomed = True
            self._links.welcome(link)
            metrics = self._watching.wants(link.agent_id)
            link.talk.watched = metrics > 0
            values = greeting.welcome(greeted, self._links.beat, self._limits, metrics)
            self._links.send(link, saying("welcome", **values))
            self._delivery.send_all(link, greeted.due)
