"""gunicorn without its command line: one worker, our settings, nothing read from files of its own."""

from __future__ import annotations

import errno
import resource
import signal
import socket
import ssl
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from fleet.config import Settings
from fleet.errors import FleetError
from fleet.logs import logger
from fleet.server.gunicorn_logger import ServerLogger
from fleet.server.worker import LAST_SECONDS, FleetWorker

log = logger(__name__)
SPARE_FILES = 256  # descriptors for the database, the log, subprocesses and the like
KEEP_ALIVE = 75  # seconds; longer than the 60 after which most proxies give a connection up
Application = Callable[..., Any]


class CannotListen(FleetError):
    """The address cannot be had."""

    def __init__(self, settings: Settings, why: str) -> None:
        super().__init__(
            "CANNOT_LISTEN",
            f"Fleet cannot listen on {settings.host} port {settings.port}: {why}."
            " Choose another one with --host or --port.",
        )


class CannotEncrypt(FleetError):
    """The certificate or its key cannot be used."""

    def __init__(self, settings: Settings, why: str) -> None:
        super().__init__(
            "TLS_UNUSABLE",
            f"Fleet cannot serve https with {settings.tls_cert} and {settings.tls_key}: {why}.",
        )


class OneWorker(Arbiter):
    """gunicorn's parent process, kept to one worker at a time: SQLite has one writer."""

    def handle_hup(self) -> None:
        """Restart the worker with the settings as they were; the socket stays open meanwhile.

        A certificate that cannot be used, such as one that is renewed at this very
        moment, changes nothing: the worker that there is goes on serving.
        """
        try:
            self.app.renew_certificate()
        except CannotEncrypt as error:
            log.error("not restarted: the certificate before goes on being served", why=error.message)
        else:
            log.info("started anew, with what the files of its certificate say by now")
            self.kill_workers(signal.SIGTERM)

    def handle_ttin(self) -> None:
        """Not a second worker."""

    handle_ttou = handle_ttin
    handle_usr2 = handle_ttin


class Server(BaseApplication):
    """What gunicorn calls an application: its configuration, and how to load ours."""

    def __init__(
        self,
        settings: Settings,
        sockets: list[socket.socket],
        load: Callable[[], Application],
        ready: Callable[[], object],
    ) -> None:
        self.settings = settings
        self._sockets = sockets
        self._load = load
        self._ready = ready
        # Read here, so that every worker has it: one that is started again finds no half-renewed files.
        self.tls = encryption(settings)
        super().__init__()

    def renew_certificate(self) -> None:
        """Read certificate and key anew, for the next worker. Raises CannotEncrypt, and keeps what was there."""
        self.tls = encryption(self.settings)

    def load_config(self) -> None:
        """Set everything here; gunicorn's own files and variables are not read."""
        for name, value in self._configuration().items():
            self.cfg.set(name, value)

    def load(self) -> Application:
        """Make the application, in the worker."""
        return self._load()

    def run(self) -> None:
        """Serve until a signal; ends in SystemExit."""
        OneWorker(self).run()

    def _configuration(self) -> dict[str, Any]:
        return {
            # gunicorn closes what it is given; detached, nothing of Fleet's closes it a second time.
            "bind": [f"fd://{listener.detach()}" for listener in self._sockets],
            "workers": 1,
            "worker_class": FleetWorker,
            "worker_connections": _affordable(self.settings.worker_connections),
            "graceful_timeout": self.settings.graceful_timeout + LAST_SECONDS,
            "keepalive": KEEP_ALIVE,
            "certfile": self.settings.tls_cert or None,
            "keyfile": self.settings.tls_key or None,
            "logger_class": ServerLogger,
            "proc_name": "fleet",
            "control_socket_disable": True,
            "limit_request_line": 8190,
            "limit_request_fields": 100,
            "limit_request_field_size": 8190,
            # Whom to believe is decided in one place, by the application, from trusted_proxies.
            "forwarded_allow_ips": "",
            "forwarder_headers": "",
            "secure_scheme_headers": {},
            "post_worker_init": self._worker_is_ready,
        }

    def _worker_is_ready(self, worker: FleetWorker) -> None:
        if worker.age == 1:  # not when it was restarted
            self._ready()


def run(
    settings: Settings,
    sockets: list[socket.socket],
    load: Callable[[], Application],
    ready: Callable[[], object],
) -> None:
    """Serve what `load` makes on `sockets` until SIGTERM or Ctrl-C; ends in SystemExit.

    `load` and then `ready` run in the worker process, `ready` once.
    """
    Server(settings, sockets, load, ready).run()


def encryption(settings: Settings) -> ssl.SSLContext | None:
    """The certificate and its key, read from their files; None for plain http. Raises CannotEncrypt."""
    if not settings.tls:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except OSError as error:  # ssl.SSLError is one
        raise CannotEncrypt(settings, error.strerror or str(error)) from error
    return context


def listen(settings: Settings) -> list[socket.socket]:
    """Open the sockets for host and port: for localhost on IPv4 and IPv6, since browsers try both.

    Raises CannotListen.
    """
    try:
        resolved = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise CannotListen(settings, error.strerror or str(error)) from error
    addresses = list(dict.fromkeys((family, address) for family, _, _, _, address in resolved))
    port, opened = settings.port, []
    for family, address in sorted(addresses):  # IPv4 first
        try:
            opened.append(_bound(family, (address[0], port, *address[2:])))
        except OSError as error:
            if opened and not _is_taken(error):
                continue  # a machine that knows ::1 by name only
            raise CannotListen(settings, error.strerror or str(error)) from error
        port = opened[0].getsockname()[1]
    return opened


def _bound(family: int, address: tuple[Any, ...]) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(address)
        opened.listen(2048)
    except OSError:
        opened.close()
        raise
    return opened


def _is_taken(error: OSError) -> bool:
    return error.errno == errno.EADDRINUSE


def _affordable(connections: int) -> int:
    """Raise the limit of open files as far as allowed; returns how many connections then fit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = connections + SPARE_FILES
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    fits = max(10, hard - SPARE_FILES)
    if fits < connections:
        log.warning("fewer connections than configured", configured=connections, open_files=hard)
    return min(connections, fits)
