"""`/system`: how this Fleet itself is doing, for its administrators."""

from __future__ import annotations

import resource
import shutil
import threading
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import Row

from fleet import clock
from fleet.config import Settings
from fleet.config.shown import shown, table
from fleet.db import db
from fleet.db.greenlets import in_thread
from fleet.db.upkeep.last_backup import LastBackup, last
from fleet.db.upkeep.size import DatabaseSize, measure, readable
from fleet.models import journal
from fleet.models.notice import mail_trouble
from fleet.parts import the
from fleet.version import version
from fleet.web.framework.current import the_settings
from fleet.web.http.description import describes
from fleet.web.http.respond import respond
from fleet.web.live.response import Streams
from fleet.web.pages.page import page_context, render
from fleet.web.system.health import STARTED
from fleet.web.system.report import SystemReport

system = Blueprint("system", __name__)

# Measuring reads the whole file, so one measurement serves for a while.
MEASURED_FOR = 10.0


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is to know at this moment."""

    settings: Settings
    started_at: datetime
    uptime: int
    memory: int
    streams: int
    streams_most: int
    journal: dict[str, Any]
    size: DatabaseSize | None
    disk_free: int | None
    backup: LastBackup | None
    mail: Row[Any] | None


class Measured:
    """The database's size, measured off the event loop, by one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._good_until = 0.0
        self._size: DatabaseSize | None = None

    def size(self, path: Path) -> DatabaseSize | None:
        """The size, at most MEASURED_FOR seconds old."""
        with self._lock:
            if time.monotonic() >= self._good_until:
                in_thread(lambda: self._measure(path))
                self._good_until = time.monotonic() + MEASURED_FOR
            return self._size

    def _measure(self, path: Path) -> None:
        self._size = measure(path)


_measured = Measured()


@system.get("")
@describes(SystemReport)
def show() -> Response:
    """What runs here, how much it holds, how it is set."""
    return respond(page=page, json=lambda: shape(standing()))


def standing() -> Standing:
    """Look at everything."""
    settings = the_settings()
    streams = the(Streams)
    path = settings.sqlite_path
    uptime = int(time.monotonic() - STARTED)
    with db.engine.connect() as connection:
        row = journal.state(connection)
        trouble = mail_trouble.standing(connection)
    return Standing(
        settings=settings,
        started_at=clock.now() - timedelta(seconds=uptime),
        uptime=uptime,
        memory=memory_used(),
        streams=len(streams),
        streams_most=streams.most,
        journal={"epoch": row.epoch, "head": row.head, "floor": row.floor},
        size=_measured.size(path) if path else None,
        disk_free=shutil.disk_usage(path.parent).free if path else None,
        backup=last(path) if path else None,
        mail=trouble,
    )


def memory_used() -> int:
    """Bytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def page() -> str:
    """The page; its figures are those of the moment at which it was opened."""
    context = page_context(title="System", nav="system", crumbs=[("System", None)])
    state = standing()
    return render("system/show.html", context, system=state, settings=table(state.settings), readable=readable)


def shape(state: Standing) -> dict[str, Any]:
    """The JSON, with how the server sees this very request: `fleet doctor` asks that through a proxy."""
    size = state.size
    settings = [
        {"name": name, "value": shown(state.settings, name), "source": source, "reason": reason}
        for name, _, source, reason in table(state.settings)
    ]
    return {
        "version": version(),
        "started_at": state.started_at,
        "uptime": state.uptime,
        "memory_bytes": state.memory,
        "streams": {"open": state.streams, "most": state.streams_most},
        "journal": state.journal,
        "database": {
            "path": state.settings.database_shown,
            "bytes": size.file if size else None,
            "log_bytes": size.log if size else None,
            "free_bytes": size.free if size else None,
            "disk_free_bytes": state.disk_free,
            "tables": [asdict(each) for each in size.tables] if size else [],
        },
        "last_backup": state.backup,
        "mail_trouble": {"since": state.mail.at, "text": state.mail.text} if state.mail else None,
        "settings": settings,
        "request": {"address": request.remote_addr, "scheme": request.scheme, "host": request.host},
    }
