"""`fleet serve --dev --reload`: a server that starts anew when somebody has saved its code.

This process holds the sockets and the database's lock, and never serves: the
server is a program that it starts, and starts again after each change. So the
port stays, callers wait in the sockets' queue instead of being refused, and no
other Fleet takes the database in between. What cannot be compiled is said and
leaves the server as it is; a server that ends by itself is started by the next
change. What this process itself is made of (this file, settings) is read once.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from fleet import logs, paths
from fleet.changed_files import ChangedFiles
from fleet.config import Settings
from fleet.logs import logger
from fleet.server.handover import Handover
from fleet.server.runner import listen
from fleet.server.serve import hold_database

LOOK_EVERY = 0.2  # seconds
# Requests in flight get so long (seconds), then the server has to hurry, then it is killed.
PATIENCE = 1.0
HURRY = 4.0
ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
PR_SET_PDEATHSIG = 1  # of Linux's prctl.h
log = logger(__name__)


def serve_and_reload(settings: Settings) -> None:
    """Serve until SIGTERM, Ctrl-C or the terminal's end, each time with the code as it is then.

    Raises FleetError when the address or the database's lock cannot be had.
    """
    logs.set_up(settings.log_level, dev=settings.dev)
    lock = hold_database(settings)
    sockets = tuple(listener.detach() for listener in listen(settings))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)  # they are waited for
    server = ServerProcess(Handover(os.getpid(), sockets, lock.descriptor if lock else None), before)
    code = Code()
    server.start()
    try:
        while signal.sigtimedwait(ENDING, LOOK_EVERY) is None:
            if server.has_ended():
                log.error("the server has ended, the next change starts it again", code=server.exit_code)
            if code.is_saved() and code.compiles():
                log.info("%s changed, the server restarts", code.first_changed())
                server.stop()
                code.forget_compiled()
                server.start()
    finally:
        server.stop()


class Code:
    """The files that a server reads when it starts, and which of them have changed since it did."""

    def __init__(self) -> None:
        self._files = ChangedFiles(paths.PACKAGE, paths.migrations(), endings=(".py",))
        self._changed: set[Path] = set()
        self._news = False

    def is_saved(self) -> bool:
        """Whether there has been a change, and none since the last look: many files may be saved at a time."""
        changed = self._files.since_last_time()
        self._changed |= changed
        ready = self._news and not changed
        self._news = bool(changed)
        return ready

    def compiles(self) -> bool:
        """Whether what has changed is Python; says which line is not."""
        error = next((found for path in sorted(self._changed) if (found := syntax_error(path))), None)
        if error is not None:
            log.error("%s; the server stays as it is until that is mended", error)
        return error is None

    def first_changed(self) -> str:
        """A name for what has changed."""
        first, *others = sorted(shown(path) for path in self._changed)
        return f"{first} and {len(others)} more" if others else first

    def forget_compiled(self) -> None:
        """Remove what Python has compiled: it compares whole seconds and sizes, and would take the former for it."""
        for path in self._changed:
            Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
        self._changed.clear()


class ServerProcess:
    """The program that serves, as this one was started itself: at most one at a time."""

    def __init__(self, handover: Handover, signal_mask: Iterable[int]) -> None:
        self._handover = handover
        self._signal_mask = signal_mask
        self._process: subprocess.Popen[bytes] | None = None
        self._again = False
        self.exit_code: int | None = None

    def start(self) -> None:
        """Begin to serve; the process ends when this one does, however that ends."""
        giver, parent_ends, mask = self._handover, ctypes.CDLL(None).prctl, self._signal_mask

        def in_the_child() -> None:
            parent_ends(PR_SET_PDEATHSIG, signal.SIGTERM)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            if os.getppid() != giver.giver:
                os._exit(1)

        handed = msgspec.structs.replace(giver, again=self._again)
        self._process = subprocess.Popen(  # noqa: S603  # this very program
            [sys.executable, *sys.orig_argv[1:]],
            env=os.environ | handed.as_variable(),
            pass_fds=[*giver.sockets, *([] if giver.lock is None else [giver.lock])],
            # Ctrl-C comes to it through this process, once, and nothing of it is left when it must be killed.
            process_group=0,
            preexec_fn=in_the_child,  # noqa: PLW1509  # this process has one thread
        )
        self._again = True

    def has_ended(self) -> bool:
        """Whether it has ended by itself; true once, then `exit_code` says how."""
        if self._process is None or self._process.poll() is None:
            return False
        self.exit_code, self._process, self._again = self._process.returncode, None, False
        return True

    def stop(self) -> None:
        """End it in good order, in haste when that takes long, by force when nothing else helps."""
        process, self._process = self._process, None
        if process is None:
            return
        for ask, wait in ((signal.SIGTERM, PATIENCE), (signal.SIGINT, HURRY)):
            process.send_signal(ask)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(wait)
                return
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def syntax_error(path: Path) -> str | None:
    """Where a file is no Python and why; None for what can be compiled, and for what is gone."""
    try:
        compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"{shown(path)}, line {error.lineno}: {error.msg}"
    except ValueError as error:  # a null byte
        return f"{shown(path)}: {error}"
    except OSError:
        return None
    return None


def shown(path: Path) -> str:
    """A file's place as people say it, from the checkout on."""
    return str(path.relative_to(paths.PACKAGE.parent)) if path.is_relative_to(paths.PACKAGE.parent) else str(path)
