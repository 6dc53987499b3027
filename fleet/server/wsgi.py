"""The application for a gunicorn that somebody else started (`wsgi.py`), and when it is refused."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from fleet import logs, shutdown
from fleet.config import Settings, load
from fleet.errors import FleetError

if TYPE_CHECKING:
    from flask import Flask

# gunicorn ends altogether on this one; on another it would start the worker again, for good.
WORKER_CANNOT_BOOT = 3
HANDOVER = 10.0  # seconds that a new worker waits for the one that it replaces
UNPATCHED = """\
wsgi.py needs a gevent worker: `gunicorn -k gevent wsgi:app`, or simply `fleet serve`.
In this process gevent.monkey.patch_all() has not run, so one open stream would stop everybody."""
PRELOADED = "wsgi.py must be loaded by the worker that serves it; leave --preload away."
SECOND_WORKER = "SQLite serves one worker: use --workers 1 and unset WEB_CONCURRENCY."


def application() -> Flask:
    """What `wsgi.py` serves. Prints why and ends the process where it cannot be served."""
    try:
        settings = load({}, os.environ)
        logs.set_up(settings.log_level, dev=settings.dev)
        if _only_looked_at():
            from fleet.app import create_app

            return create_app(settings)
        return _guarded(settings)
    except FleetError as error:
        _refuse(error.message)


def _only_looked_at() -> bool:
    """Whether tests or flask's commands want the application, and nobody will serve it."""
    if "pytest" in sys.modules:
        return True
    if os.environ.get("FLASK_RUN_FROM_CLI") != "true":
        return False
    import click

    context = click.get_current_context(silent=True)
    return context is None or context.info_name != "run"


def _guarded(settings: Settings) -> Flask:
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("socket"):
        _refuse(UNPATCHED)
    worker = _gunicorn_worker()
    if worker is None and "gunicorn.arbiter" in sys.modules:
        _refuse(PRELOADED)
    if settings.sqlite_path is not None:
        _be_the_only_one(settings, worker)
    from fleet.db.upkeep.upgrade import upgrade
    from fleet.db.upkeep.writable import require_writable

    upgrade(settings)
    if settings.sqlite_path is not None:
        require_writable(settings.sqlite_path)
    if worker is not None:
        _end_streams_on_signals()
    from fleet.server.banner import announce_first_start
    from fleet.server.serving_app import serving

    app = serving(settings)
    atexit.register(shutdown.finish)
    announce_first_start(app)
    return app


def _be_the_only_one(settings: Settings, worker: Any) -> None:
    from fleet.server.lock import DatabaseLock

    configured = worker.cfg.workers if worker is not None else 1
    if configured > 1 or int(os.environ.get("WEB_CONCURRENCY") or 1) > 1:
        _refuse(SECOND_WORKER)
    assert settings.sqlite_path is not None
    DatabaseLock(settings.sqlite_path).acquire(wait=HANDOVER)


def _gunicorn_worker() -> Any:
    """The worker object of the gunicorn process that we are in: its SIGTERM handler belongs to it."""
    owner = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return owner if hasattr(owner, "handle_exit") else None


def _end_streams_on_signals() -> None:
    """Tell open streams first; the stock worker of gunicorn would wait for them."""
    import gevent

    def in_front_of(previous: Callable[[int, FrameType | None], Any]) -> Any:
        def handler(number: int, frame: FrameType | None) -> None:
            gevent.spawn(shutdown.stop)
            previous(number, frame)

        return handler

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        previous = signal.getsignal(number)
        if callable(previous):
            signal.signal(number, in_front_of(previous))


def _refuse(why: str) -> NoReturn:
    print(f"Fleet does not start. {why}", file=sys.stderr, flush=True)
    raise SystemExit(WORKER_CANNOT_BOOT)
