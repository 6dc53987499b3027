"""The gevent worker, with quick answers on small writes and a quick end."""

from __future__ import annotations

import gc
import os
import socket
import ssl
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any

import gevent
from gevent.pool import Pool
from gevent.server import StreamServer
from gunicorn.http.wsgi import FileWrapper, base_environ, create
from gunicorn.workers.ggevent import GeventWorker
from structlog.contextvars import clear_contextvars

from fleet import shutdown
from fleet.db.greenlets import give_way
from fleet.errors import FleetError, TooManyRequests
from fleet.logs import request_line
from fleet.server.connection import Connection, FrozenConfig
from fleet.server.doors import Doors
from fleet.server.faults import Unheard, environ_of, fault_of
from fleet.server.gunicorn_response import BufferedResponse

HASTE = 1.0  # seconds that requests in flight get after Ctrl-C
# The parent kills what has not ended within gunicorn's graceful_timeout; so many seconds of it are
# for ending in good order after requests in flight have had their time.
LAST_SECONDS = 5
HANDSHAKE = 10  # seconds
# At a stop, seconds in which a new connection's first request may still come.
GREETING = 1.0
CROWDED = TooManyRequests("TOO_MANY_CONNECTIONS", "Too many connections from here wait without a credential.", 5)
# Seconds: an answer that took longer has held up others.
LONG_ANSWER = 0.005
# How many new objects bring the collector about: a few hundred requests' instead of three or four's.
NEW_OBJECTS = 10_000


class FleetWorker(GeventWorker):
    """gunicorn's worker, except that streams and idle connections do not delay its end."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cfg: Any = FrozenConfig(self.cfg, self.app.settings.max_body)
        self.in_flight = 0
        # The descriptors of connections that have had no answer yet.
        self.unanswered: set[int] = set()
        self.tls: ssl.SSLContext | None = None
        settings = self.app.settings
        self.doors = Doors(self.worker_connections, settings.trusted_proxies)
        self.grace = max(0.1, float(self.cfg.graceful_timeout) - LAST_SECONDS)

    def run(self) -> None:
        """Serve until a signal comes, then let requests in flight finish, and nothing else."""
        self.tls = self.app.tls
        settle()
        servers = [self._listen(listener) for listener in self.sockets]
        while self.alive:
            self.notify()
            shutdown.stopping.wait(1.0)
        for server in servers:
            server.close()
        shutdown.stop()  # also after a restart that no signal asked for
        self._let_requests_finish()
        for server in servers:
            server.stop(timeout=0.2)
        shutdown.finish()

    def _listen(self, listener: Any) -> StreamServer:
        listener.setblocking(1)
        name = listener.getsockname()  # now: who is greeted while the listener is closed must be served, too
        server = StreamServer(listener, handle=partial(self.handle, name), spawn=Pool(self.worker_connections))
        server.start()
        return server

    def _let_requests_finish(self) -> None:
        # A kept-alive connection that waits for its next request is not in flight; a new one, whose first
        # request is still on its way, is owed an answer if that comes soon.
        greeted_until = time.monotonic() + min(GREETING, self.grace)
        try:
            with gevent.Timeout(self.grace):
                gevent.sleep(0.02)  # what was accepted at the last moment begins
                while self.in_flight or (self.unanswered and time.monotonic() < greeted_until):
                    self.notify()
                    gevent.sleep(0.02)
        except gevent.Timeout:
            self.log.warning("%d requests were cut off", self.in_flight)

    def handle(self, listener_name: Any, client: socket.socket, addr: Any) -> None:
        """Serve one connection; small answers leave at once (44 ms otherwise on a kept-alive one)."""
        number = client.fileno()
        self.unanswered.add(number)
        try:
            self._hold(listener_name, client, addr)
        finally:
            self.unanswered.discard(number)

    def _hold(self, listener_name: Any, client: socket.socket, addr: Any) -> None:
        if client.family != socket.AF_UNIX:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls is not None:
            encrypted = self._encrypt(self.tls, client)
            if encrypted is None:
                return
            client = encrypted
        conversation = Connection(self, listener_name, client, addr)
        network = self.doors.enter(conversation, addr)
        if network is None:
            conversation.refuse(CROWDED)
            return
        try:
            conversation.hold()
        finally:
            self.doors.leave(conversation, network)

    def _encrypt(self, tls: ssl.SSLContext, client: socket.socket) -> socket.socket | None:
        """Shake hands, within seconds; None for a client that does not."""
        try:
            with gevent.Timeout(HANDSHAKE):
                return tls.wrap_socket(client, server_side=True)
        except (OSError, gevent.Timeout) as error:
            self.log.debug("no TLS handshake: %s", error)
            client.close()
            return None

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Serve one request and count it while it lasts, then let others have their turn.

        A kept-alive connection whose next request has come already would be served
        again at once, and with many of those the rest would wait for a long time.
        After a short answer a turn of gevent's is enough; after a long one those
        come first whose bytes have come meanwhile, which costs a look at all sockets.
        """
        self.in_flight += 1
        began = time.monotonic()
        number = sock.fileno()
        try:
            self._serve(listener_name, req, sock, addr)
        finally:
            self.in_flight -= 1
            self.unanswered.discard(number)
            req.body.let_go()
            clear_contextvars()  # what comes next on this connection is not on this request's behalf
        if time.monotonic() - began > LONG_ANSWER:
            give_way()
        else:
            gevent.sleep(0)

    def _serve(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Answer; raises StopIteration when this was the connection's last request.

        gunicorn's own does the same, and more for each request: hooks and limits of
        its configuration, of which Fleet has none.
        """
        began = time.perf_counter()
        answer, environ = create(req, sock, addr, listener_name, self.cfg, response_class=BufferedResponse)
        environ["wsgi.multithread"] = True
        req.environ = environ
        if not self.alive:
            answer.force_close()
        try:
            body = self.wsgi(environ, answer.start_response)
            try:
                send(answer, body)
            finally:
                request_line(environ, answer.status_code, time.perf_counter() - began, answer.sent)
                if hasattr(body, "close"):
                    body.close()
        except gevent.GreenletExit:
            raise StopIteration from None
        except OSError:
            raise  # the connection's end; anybody who calls knows what to do
        except Exception:
            if not answer.headers_sent:
                raise
            self.log.exception("Error handling request")  # it is too late for another answer
            raise StopIteration from None
        if answer.should_close():
            raise StopIteration

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer and log what went wrong, which the end of an idle connection is not."""
        if isinstance(exc, gevent.GreenletExit):
            return
        fault = fault_of(exc)
        if fault is None:
            super().handle_error(req, client, addr, exc)
        else:
            self.refuse(fault, client, addr)

    def refuse(self, fault: FleetError, client: Any, addr: Any) -> None:
        """Let the application answer what is no request: with its own shape and headers, one line, counted."""
        began = time.perf_counter()
        environ = base_environ(self.cfg) | environ_of(fault, client, addr, "https" if self.tls else "http")
        answer = BufferedResponse(Unheard(environ), client, self.cfg)
        with suppress(OSError):  # anybody who sent it is gone
            body = self.wsgi(environ, answer.start_response)
            try:
                send(answer, body)
            finally:
                request_line(environ, answer.status_code, time.perf_counter() - began, answer.sent)
                if hasattr(body, "close"):
                    body.close()
        clear_contextvars()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  # gunicorn's signature
        """SIGTERM: requests in flight get the graceful timeout, streams end now."""
        self.alive = False
        gevent.spawn(shutdown.stop)  # not in here: a signal handler must not wait for a lock

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """SIGINT and SIGQUIT: the same, in haste."""
        self.grace = min(self.grace, HASTE)
        self.handle_exit(sig, frame)

    def notify(self) -> None:
        """Tell the parent that this worker lives; end when there is no parent any more."""
        self.tmp.notify()
        if self.ppid != os.getppid():
            self.log.warning("The parent process is gone, stopping.")
            self.alive = False
            shutdown.stop()


def settle() -> None:
    """Spare what stays, such as code and templates, from being looked at by the collector again and again.

    With it a full collection took 0.12 seconds, once a second under load, and nobody was served meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)


def send(answer: BufferedResponse, body: Iterable[bytes]) -> None:
    """Write a body as the application gives it."""
    pour = getattr(body, "pour", None)
    if isinstance(body, FileWrapper):
        answer.write_file(body)
    elif pour is None or not answer.hand_over(pour):
        for piece in body:
            answer.write(piece)
    answer.close()
