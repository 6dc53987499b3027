"""`fleet serve`, from settings to the last signal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gevent import monkey

from fleet import logs
from fleet.config import Settings
from fleet.db.upkeep.upgrade import upgrade
from fleet.db.upkeep.writable import require_writable
from fleet.server import whereabouts
from fleet.server.banner import announce
from fleet.server.handover import Handover
from fleet.server.lock import DatabaseLock
from fleet.server.runner import encryption, listen, run
from fleet.server.serving_app import serving
from fleet.server.systemd import Systemd

if TYPE_CHECKING:
    from flask import Flask


def serve(settings: Settings, handover: Handover | None = None) -> None:
    """Upgrade the database, then serve until SIGTERM or Ctrl-C; ends in SystemExit.

    The process must be patched already. Sockets and lock are those of
    `handover` where there is one. Raises FleetError when the address, the
    database or its lock cannot be had; nothing has been served then.
    """
    if not monkey.is_module_patched("socket"):
        raise RuntimeError("gevent.monkey.patch_all() must come before everything else")
    logs.set_up(settings.log_level, dev=settings.dev)
    lock = hold_database(settings, handover)
    encryption(settings)  # so that one that cannot be used is said before anything is opened
    sockets = handover.listeners() if handover else listen(settings)
    settings = settings.on_port(sockets[0].getsockname()[1])
    whereabouts.note(lock, settings)
    upgrade(settings)
    if settings.sqlite_path is not None:
        require_writable(settings.sqlite_path)
    apps: list[Flask] = []
    systemd = Systemd()

    def load() -> Flask:
        apps.append(serving(settings))
        return apps[0]

    def ready() -> None:
        announce(settings, apps[0], again=handover is not None and handover.again)
        systemd.ready()  # in the worker: NotifyAccess=all

    run(settings, sockets, load, ready)


def hold_database(settings: Settings, handover: Handover | None = None) -> DatabaseLock | None:
    """Take the lock of a SQLite file for as long as this process and its children live, or the one handed over.

    Raises DatabaseInUse or DatabaseUnusable.
    """
    if settings.sqlite_path is None:
        return None
    lock = DatabaseLock(settings.sqlite_path)
    if handover is None or handover.lock is None or not lock.adopt(handover.lock):
        lock.acquire()
    return lock
