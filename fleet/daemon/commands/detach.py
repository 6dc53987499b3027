"""How a runner leaves the daemon, so that neither ends with the other."""

from __future__ import annotations

import ctypes
import os
import signal

# Looked up once, before the runners are forked; None: no Linux.
_prctl = getattr(ctypes.CDLL(None), "prctl", None)
_PR_SET_NAME, _PR_SET_CHILD_SUBREAPER = 15, 36


def settle() -> None:
    """Leave the daemon: its session, its terminal, its descriptors, its name."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    if null > 2:
        os.close(null)
    if _prctl is not None:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        _prctl(_PR_SET_NAME, b"fleet-runner", 0, 0, 0)


def listen() -> int:
    """Signals as bytes on a pipe: a child has ended, the command is canceled. Others are not for the runner."""
    alarm, ring = os.pipe()
    for fd in (alarm, ring):
        os.set_blocking(fd, False)
    signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for number in (signal.SIGCHLD, signal.SIGUSR1):
        signal.signal(number, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    return alarm
