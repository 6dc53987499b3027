"""The daemon: keeps one connection to its Fleet, whatever happens, and hands what comes by it to the commands."""

from __future__ import annotations

import socket
import threading
from typing import Optional, Tuple, Union

from websockets.client import ClientProtocol

from fleet.daemon import dial, posting, remedies
from fleet.daemon.aside import Aside
from fleet.daemon.backoff import Backoff
from fleet.daemon.conversation import Conversation, Work
from fleet.daemon.deadline import Deadline
from fleet.daemon.errors import Broken, Refused, Unreachable, Walled
from fleet.daemon.identity import Identity
from fleet.daemon.link import Ended, Link
from fleet.daemon.loop import Loop, Timer
from fleet.daemon.metrics import Metrics
from fleet.daemon.reports import Reports
from fleet.daemon.settings import Settings
from fleet.daemon.standing import Standing
from fleet.daemon.upgrade import upgrade

# Seconds for all steps of a try, from the look-up of the name to the answer to the upgrade; and for a report.
DIAL_MOST = 45.0
REPORT_MOST = 60.0
# Seconds after which a try is left alone: a look-up of a name has no limit of its own. Never more than so many of them.
STUCK_AFTER, STUCK_MOST = 120.0, 8
# So many failures in a row that something on the way may have caused, and it is tried by reports instead;
# meanwhile the socket is tried again so often (seconds).
BLOCKED_AFTER = 3
SOCKET_AGAIN = 300.0
# Answers to the upgrade that are the server's own word if it is written as the server's: what it says else it may say
# because a proxy has taken the upgrade out of the request.
OF_THE_SERVER = frozenset({401, 403, 409, 429, 503})

Dialed = Tuple[socket.socket, ClientProtocol]


class Daemon:
    """Tries, links, waits, tries again. `wake` says that the commands may have something to send."""

    def __init__(
        self,
        settings: Settings,
        identity: Identity,
        loop: Loop,
        work: Work,
        backoff: Optional[Backoff] = None,
        socket_again: float = SOCKET_AGAIN,
    ) -> None:
        self._settings = settings
        self._address = settings.address
        self._identity = identity
        self._key = identity.key()
        self._loop = loop
        self._work = work
        self._backoff = backoff or Backoff()
        self._socket_again = socket_again
        self._metrics = Metrics()
        self._standing = Standing(identity.state, self._address.url)
        self._dialing: Optional[Aside[Dialed]] = None
        self._link: Optional[Link] = None
        self._reports: Optional[Reports] = None
        self._timer: Optional[Timer] = None
        self._blocked = 0
        self._stopped = False

    def start(self) -> None:
        """Begin to try."""
        self._dial()

    def stop(self) -> None:
        """End the connection; what runs here goes on without it."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        if self._dialing is not None:
            self._dialing.abandon()
        if self._link is not None:
            self._link.close("the daemon ends")
        if self._reports is not None:
            self._reports.close("the daemon ends")

    def wake(self) -> None:
        """There may be something to send."""
        carrier = self._link or self._reports
        if carrier is not None:
            carrier.wake()

    def _dial(self) -> None:
        self._timer = self._loop.later(STUCK_AFTER, self._stuck)
        self._dialing = Aside(self._loop, self._connect, self._dialed, lambda late: late[0].close())

    def _stuck(self) -> None:
        if threading.active_count() > STUCK_MOST:
            self._timer = self._loop.later(STUCK_AFTER, self._stuck)
        elif self._dialing is not None:
            self._dialing.abandon()
            self._dialed(Unreachable(f"No address of {self._address.host} was found in {STUCK_AFTER:.0f} s."))

    def _connect(self) -> Dialed:
        """In the thread: everything that blocks."""
        deadline = Deadline(DIAL_MOST)
        sock = dial.connect(self._address, self._settings.ca_file, deadline)
        try:
            return sock, upgrade(sock, self._address, self._key, deadline)
        except BaseException:
            sock.close()
            raise

    def _dialed(self, outcome: Union[Dialed, Exception]) -> None:
        self._dialing = None
        if self._timer is not None:
            self._timer.cancel()
        if isinstance(outcome, Exception):
            self._missed(outcome)
            return
        if self._reports is not None:
            self._reports.close("the socket works again")
        sock, speaker = outcome
        self._link = Link(self._loop, sock, speaker, self._conversation("socket"), self._link_ended)
        self._link.start()

    def _missed(self, error: Exception) -> None:
        self._blocked = self._blocked + 1 if on_the_way(error) else 0
        if self._reports is not None:
            self._wait(self._socket_again, "")
        elif self._blocked >= BLOCKED_AFTER:
            self._report(error)
        else:
            self._wait(*remedies.after_failure(error, self._backoff, self._address.url))

    def _conversation(self, way: str) -> Conversation:
        conversation = Conversation(self._loop, self._work, self._identity, self._metrics)
        conversation.on_welcome = lambda: self._welcomed(way)
        return conversation

    def _welcomed(self, way: str) -> None:
        if way == "socket":
            self._blocked = 0
        self._standing.online(way)

    def _link_ended(self, ended: Ended) -> None:
        self._link = None
        if not ended.welcomed and ended.bye is None:
            # It was opened and then cut: some of what stands on the way does that.
            self._blocked += 1
        self._backoff.lived(ended.lived if ended.welcomed else 0.0)
        if self._stopped:
            self._standing.stopped()
        elif ended.bye is not None:
            self._wait(*remedies.after_bye(ended.bye, self._backoff, self._address.url))
        elif self._blocked >= BLOCKED_AFTER:
            self._report(Broken(ended.why))
        else:
            self._wait(self._backoff.next(), f"The link to {self._address.url} is gone: {ended.why}")

    def _report(self, error: Exception) -> None:
        self._standing.offline(f"No WebSocket gets through to {self._address.url} ({error}): trying by reports")
        conversation = self._conversation("reports")
        self._reports = Reports(self._loop, self._post, conversation, self._metrics, self._reports_ended)
        self._timer = self._loop.later(self._socket_again, self._dial)

    def _post(self, body: bytes) -> bytes:
        """In a thread."""
        path = f"/api/agents/{self._identity.agent_id()}/report"
        headers = {"X-Agent-Key": self._key}
        return posting.post(self._address, self._settings.ca_file, path, headers, body, REPORT_MOST)

    def _reports_ended(self, ended: Ended, error: Optional[Exception]) -> None:
        self._reports = None
        if self._timer is not None and self._dialing is None:
            self._timer.cancel()
        self._backoff.lived(ended.lived if ended.welcomed else 0.0)
        if self._stopped:
            self._standing.stopped()
        elif ended.bye is not None:
            self._wait(*remedies.after_bye(ended.bye, self._backoff, self._address.url))
        elif error is not None:
            self._wait(*remedies.after_failure(error, self._backoff, self._address.url))

    def _wait(self, seconds: float, why: str) -> None:
        if why:
            self._standing.offline(why, seconds)
        if self._dialing is not None:
            # The socket is being tried beside the reports; what comes of it decides.
            return
        self._timer = self._loop.later(seconds, self._dial)


def on_the_way(error: Exception) -> bool:
    """True for what something between this host and its server may have caused; who asks to be left in peace has not."""
    if not isinstance(error, Refused):
        return isinstance(error, (Broken, Walled))
    meant = error.own or error.retry_after is not None
    return not 300 <= error.status < 400 and not (meant and error.status in OF_THE_SERVER)
