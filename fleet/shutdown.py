"""How what is open ends when the server stops.

A stream's generator looks at `stopping`, or anybody who holds many of them
registers `on_stop(hub.close_all)`. Without this a single open stream would
keep the process alive for the whole graceful timeout.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from fleet.logs import logger

# In a patched process this is an event of gevent's: waiting on it never blocks the loop.
stopping = threading.Event()
# What hooks still write down, such as the audit's anchor, may take this long (seconds).
PATIENCE = 3.0
_stopped = threading.Event()
_hooks: list[Callable[[], object]] = []
_last_hooks: list[Callable[[], object]] = []


def on_stop(hook: Callable[[], object]) -> None:
    """Call `hook` once when the server stops; it must be quick. Later hooks run first."""
    _hooks.append(hook)


def stop() -> None:
    """Raise the flag and run the hooks, the second time only wait for them; a hook's failure stops no other.

    Call it from a greenlet or thread, never from inside a signal handler:
    the flag's lock may be held by the very code that the signal interrupted.
    """
    if stopping.is_set():
        _stopped.wait(PATIENCE)
        return
    stopping.set()
    _run(_hooks)
    _stopped.set()


def at_last(hook: Callable[[], object]) -> None:
    """Call `hook` once when nobody is served any more: close what requests have used."""
    _last_hooks.append(hook)


def finish() -> None:
    """Run the last hooks; a second time changes nothing."""
    stop()
    _run(_last_hooks)


def _run(hooks: list[Callable[[], object]]) -> None:
    while hooks:
        hook = hooks.pop()
        try:
            hook()
        except Exception:  # noqa: BLE001  # whatever it is, the other hooks must run
            logger(__name__).exception("a hook failed while the server stopped", hook=repr(hook))
