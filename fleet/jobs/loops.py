"""Running the loops in the serving process.

Each is a small write, repeated; one that fails is logged and tried again at its
next turn. With several processes a lease in the database will say who runs them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from flask import Flask

from fleet.config import Settings
from fleet.db import Transaction, write
from fleet.errors import StorageUnavailable
from fleet.jobs.anchoring import Anchoring
from fleet.jobs.timekeeping import Timekeeper
from fleet.models import agent, command, deployment, execution, idempotency, journal, retention, stop, task, token
from fleet.models.notice import retention as keeping

log = structlog.get_logger(__name__)
# Nobody is served while a write is under way. What it does at most of what is told to everybody (50 agents that fall
# silent take 20 ms, 200 took 80), and of what is dropped without a word, one statement each or one for all of it.
TOLD, FORGOTTEN, DROPPED = 50, 200, 500


@dataclass(frozen=True, slots=True)
class Loop:
    """A verb and how often it runs (seconds). It returns how much it did; at `full` it runs again at once."""

    name: str
    every: float
    verb: Callable[[Transaction], int]
    full: int


@dataclass(frozen=True, slots=True)
class Chore:
    """What is no single write: done at once, every so many seconds, and as `last` once more at the stop."""

    name: str
    every: float
    act: Callable[[], object]
    last: Callable[[], object] | None = None


def loops(
    settings: Settings, serving_since: Callable[[], datetime], linked: Callable[[], Collection[str]] = tuple
) -> list[Loop]:
    """Every loop of a server with these settings, which hears since `serving_since`; `linked` are the connected hosts."""
    ttl = timedelta(seconds=settings.heartbeat_ttl)
    keep = timedelta(seconds=settings.journal_keep)
    rows = settings.journal_rows
    return [
        Loop(
            "presence",
            min(5.0, ttl.total_seconds() / 4),
            lambda tx: agent.fall_silent(tx, ttl, serving_since(), TOLD, linked=linked()),
            TOLD,
        ),
        Loop("leases", 1.0, lambda tx: task.give_back_expired(tx, TOLD), TOLD),
        Loop("stops", 1.0, stop.go_on, 1),
        Loop("commands", 5.0, lambda tx: command.expire(tx, TOLD), TOLD),
        Loop("executions", 5.0, lambda tx: execution.expire(tx, TOLD), TOLD),
        Loop("lost executions", 60.0, lambda tx: execution.give_up(tx, TOLD), TOLD),
        Loop("deployments", 60.0, deployment.give_up, 200),
        Loop("journal", 30.0, lambda tx: journal.prune(tx, keep, rows, DROPPED), DROPPED),
        Loop("answers", 300.0, lambda tx: idempotency.sweep(tx, FORGOTTEN), FORGOTTEN),
        Loop("tokens", 3600.0, lambda tx: token.sweep(tx, limit=DROPPED), DROPPED),
        *retained(settings),
    ]


def retained(settings: Settings) -> list[Loop]:
    """What bounds activity, commands and the list of tokens."""
    events, commands = retention.events(), retention.commands()
    keep = {
        name: timedelta(seconds=getattr(settings, f"{name}_keep"))
        for name in ("events", "commands", "output", "tokens", "notices")
    }
    return [
        Loop("old events", 300.0, lambda tx: events(tx, keep["events"]), retention.CHUNK),
        Loop("old commands", 300.0, lambda tx: commands(tx, keep["commands"]), retention.CHUNK),
        # A report is kept as long as the commands that it is about.
        Loop("old output", 60.0, lambda tx: retention.outputs(tx, keep["output"], settings.output_most), 1),
        Loop("old stops", 3600.0, lambda tx: retention.stops(tx, keep["commands"]), 1),
        Loop("old commands to many", 3600.0, lambda tx: retention.bulk_commands(tx, keep["commands"]), retention.CHUNK),
        Loop("old tokens", 3600.0, lambda tx: retention.tokens(tx, keep["tokens"]), retention.CHUNK),
        Loop("old notices", 3600.0, lambda tx: keeping.forget(tx, keep["notices"]), keeping.CHUNK),
    ]


def chores(settings: Settings) -> list[Chore]:
    """What looks after the audit."""
    audit = Anchoring(settings.sqlite_path, timedelta(seconds=settings.audit_keep))
    return [
        Chore("audit anchor", 60.0, audit.anchor, last=audit.anchor),
        Chore("old audit entries", 3600.0, audit.prune),
    ]


class Jobs:
    """The loops of one serving process, each in a thread (a greenlet where the process is patched).

    `linked` tells which hosts are connected. `more` are chores of other floors; those of `more` are the first to be done at the stop.
    """

    def __init__(
        self,
        app: Flask,
        settings: Settings,
        more: Sequence[Chore] = (),
        linked: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._app = app
        self._settings = settings
        self._linked = linked
        self._time = Timekeeper()
        self._chores = (*more, Chore("clock", 1.0, self._time.look), *chores(settings))
        self._stop = threading.Event()
        self._started = False

    def start(self) -> None:
        """Begin; a second call changes nothing."""
        if self._started:
            return
        self._started = True
        self._try("clock", self._time.begin)
        for loop in loops(self._settings, self._time.serving_since, self._linked):
            threading.Thread(target=self._run, args=(loop,), name=loop.name, daemon=True).start()
        for chore in self._chores:
            threading.Thread(target=self._do, args=(chore,), name=chore.name, daemon=True).start()

    def stop(self) -> None:
        """End every loop at its next turn; do what comes last."""
        self._stop.set()
        if self._started:
            for chore in self._chores:
                if chore.last is not None:
                    self._try(chore.name, chore.last)

    def _run(self, loop: Loop) -> None:
        def turn() -> None:
            while write(loop.verb) >= loop.full and not self._stop.is_set():
                self._stop.wait(0.01)

        while not self._stop.wait(loop.every):
            self._try(loop.name, turn)

    def _do(self, chore: Chore) -> None:
        self._try(chore.name, chore.act)
        while not self._stop.wait(chore.every):
            self._try(chore.name, chore.act)

    def _try(self, name: str, act: Callable[[], object]) -> None:
        try:
            with self._app.app_context():
                act()
        except StorageUnavailable as error:
            log.error("a loop could not write; it runs again at its next turn", loop=name, why=error.message)
        except Exception:
            log.exception("a loop failed; it runs again at its next turn", loop=name)
