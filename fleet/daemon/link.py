"""One WebSocket to the server, read and written by the loop; nothing in it waits."""

from __future__ import annotations

import json
import socket
import ssl
from dataclasses import dataclass
from typing import Callable, Optional

from websockets.client import ClientProtocol
from websockets.protocol import State

from fleet import protocol
from fleet.daemon import clock
from fleet.daemon.conversation import Bye, Conversation
from fleet.daemon.errors import Broken
from fleet.daemon.incoming import Incoming
from fleet.daemon.log import log
from fleet.daemon.loop import READ, WRITE, Loop
from fleet.daemon.sending import Remainder, pending

RECEIVE = 1 << 16
# Rounds of reading, and bytes of writing, before others in the loop have their turn.
ROUNDS = 16
TURN = 1 << 20
# Below so many bytes that the socket has not taken yet the next message is asked for.
LOW = 1 << 16
# Seconds after which a link is looked at again: a machine that wakes up finds out at once how long it slept.
LOOK = 1.0
# Close codes of RFC 6455, 7.4.1.
GOING_AWAY, INTERNAL_ERROR = 1001, 1011
# What a close means without a bye: nothing to be had before somebody has done something, or a restart, after which
# hosts come back spread over so many seconds.
FINAL = (protocol.CLONE, protocol.KEY_ENDED)
RESTART_SPREAD = 10.0


@dataclass(frozen=True)
class Ended:
    """How a link ended: `lived` is in seconds."""

    why: str
    bye: Optional[Bye]
    lived: float
    welcomed: bool


class Link:
    """From the upgrade to the end; `ended` is called once, with why.

    Dead is a link on which nothing was heard for two beats, time asleep
    included: each beat has a ping, which any server answers.
    """

    def __init__(
        self,
        loop: Loop,
        sock: socket.socket,
        speaker: ClientProtocol,
        conversation: Conversation,
        ended: Callable[[Ended], None],
        now: Callable[[], float] = clock.awake_or_asleep,
    ) -> None:
        self._loop = loop
        self._sock = sock
        self._fd = sock.fileno()
        self._speaker = speaker
        self._conversation = conversation
        self._ended: Optional[Callable[[Ended], None]] = ended
        self._now = now
        self._began = self._heard = now()
        self._remainder = Remainder(sock)
        self._incoming = Incoming(speaker, conversation)
        self._pumping = False
        conversation.wake = self.wake
        conversation.beat = self._beat
        sock.setblocking(False)
        self._timer = loop.later(self._patience(), self._look)

    def start(self) -> None:
        """Say hello, and take what has come behind the upgrade."""
        self._loop.watch(self._fd, self._ready, READ)
        self._attend(self._greet)

    def wake(self) -> None:
        """There may be something to say; it is looked for after the present callbacks, since they may not be through."""
        if not self._pumping and self._ended is not None:
            self._pumping = True
            self._loop.later(0.0, self._pump)

    def close(self, why: str, code: int = GOING_AWAY) -> None:
        """End it, telling the server if it can be told at once."""
        if self._ended is None:
            return
        ended, self._ended = self._ended, None
        self._timer.cancel()
        self._loop.unwatch(self._fd)
        try:
            if self._speaker.state is State.OPEN:
                self._speaker.send_close(code, why.encode()[:100].decode("utf-8", "ignore"))
            self._remainder.add(self._speaker.data_to_send())
            self._remainder.write()
        except (OSError, ValueError):
            pass  # it is closed anyway
        self._sock.close()
        self._conversation.end()
        ended(Ended(why, self._bye(), self._now() - self._began, self._conversation.welcomed))

    def _bye(self) -> Optional[Bye]:
        close = self._speaker.close_rcvd
        if self._conversation.bye is not None or close is None:
            return self._conversation.bye
        if close.code == protocol.SERVER_STOPS:
            return Bye(close.code, RESTART_SPREAD)
        return Bye(close.code, None) if close.code in FINAL else None

    def _attend(self, step: Callable[[], None]) -> None:
        """Do a step and what follows from it; whatever goes wrong ends the link, and the link only."""
        try:
            step()
            self._flush()
        except Broken as error:
            self.close(str(error), protocol.BAD_MESSAGE)
        except OSError as error:
            self.close(f"the connection broke: {error.strerror or error}")
        except Exception:  # noqa: BLE001  # a thousand hosts must not stand still for one odd frame
            log.exception("A fault of this daemon's own")
            self.close("a fault of the daemon's own", INTERNAL_ERROR)

    def _greet(self) -> None:
        self._say(json.dumps(self._conversation.hello()).encode())
        self._incoming.take()

    def _ready(self, _: int) -> None:
        self._attend(self._receive)

    def _receive(self) -> None:
        for _ in range(ROUNDS):
            try:
                piece = self._sock.recv(RECEIVE)
            except (BlockingIOError, InterruptedError, ssl.SSLWantReadError):
                break
            except ssl.SSLWantWriteError:
                self._remainder.wanted = WRITE
                break
            if not piece:
                self._speaker.receive_eof()
                self._incoming.take()
                raise Broken("the server hung up")
            self._heard = self._now()
            self._speaker.receive_data(piece)
            self._incoming.take()
            if len(piece) < RECEIVE and not pending(self._sock):
                break
        else:
            if pending(self._sock):
                # Bytes that TLS has read already: no socket will say that they are there.
                self._loop.later(0.0, lambda: self._ready(READ) if self._ended is not None else None)

    def _pump(self) -> None:
        self._pumping = False
        if self._ended is not None:
            self._attend(lambda: None)

    def _flush(self) -> None:
        """Write, and ask for more as long as the socket takes it."""
        written = 0
        while self._ended is not None:
            self._remainder.add(self._speaker.data_to_send())
            written += self._remainder.write()
            if len(self._remainder) >= LOW or written >= TURN:
                break
            message = self._conversation.next()
            if message is None:
                break
            self._say(
                message if isinstance(message, bytes) else json.dumps(message).encode(), isinstance(message, bytes)
            )
        if self._ended is not None:
            if written >= TURN:
                self.wake()
            self._loop.watch(self._fd, self._ready, self._remainder.wanted | READ)

    def _say(self, message: bytes, binary: bool = False) -> None:
        if self._speaker.state is not State.OPEN:
            raise Broken("the server closed the link")
        if binary:
            self._speaker.send_binary(message)
        else:
            self._speaker.send_text(message)

    def _beat(self) -> None:
        def ping() -> None:
            if self._speaker.state is State.OPEN:
                self._speaker.send_ping(b"")

        self._attend(ping)

    def _deadline(self) -> float:
        """A server that answers pings but never says welcome is none either."""
        since = self._heard if self._conversation.welcomed else self._began
        return since + protocol.DEAD_AFTER_BEATS * self._conversation.beat_seconds

    def _patience(self) -> float:
        return max(0.0, min(self._deadline() - self._now(), LOOK))

    def _look(self) -> None:
        if self._ended is None:
            return
        if self._now() >= self._deadline():
            beats = "two beats" if self._conversation.welcomed else "two beats after hello"
            self.close(f"nothing was heard for {beats}")
            return
        self._timer = self._loop.later(self._patience(), self._look)
