"""A runner that is forked before there is a job for it: whoever has one does not wait for the fork.

It leaves the daemon at once, so that this need not be waited for either. Without
a job it ends with the zygote, by the end of their pipe.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from typing import Callable, NamedTuple, NoReturn, Optional

from fleet.daemon.commands import detach, disk, runner


class Spare(NamedTuple):
    """A runner without a job: its process, a descriptor of it where the system has such, the pipe for its job."""

    pid: int
    process: Optional[int]
    pipe: int

    def give(self, job: bytes) -> None:
        """Have it do the job; it is no spare any more. One that is gone does nothing."""
        with contextlib.suppress(OSError):
            disk.write_all(self.pipe, job)
        os.close(self.pipe)


def fork(forget: Callable[[], None]) -> Optional[Spare]:
    """Make one, which calls `forget` to let go of what is the zygote's alone; None: the system has no room for it."""
    job, pipe = os.pipe()
    # One that has ended keeps its number until it is reaped, and that waits until its descriptor is made.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    try:
        pid = os.fork()
        if not pid:
            os.close(pipe)
            forget()
            _serve(job)
        return Spare(pid, _descriptor(pid), pipe)
    except OSError:
        os.close(pipe)
        return None
    finally:
        os.close(job)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


def _descriptor(pid: int) -> Optional[int]:
    with contextlib.suppress(OSError, AttributeError):
        return os.pidfd_open(pid)
    return None


def _serve(job: int) -> NoReturn:
    """Never returns into what the zygote was doing."""
    try:
        detach.settle()
        alarm = detach.listen()
        with os.fdopen(job, "rb") as file:
            text = file.read()
        if text:
            runner.main(json.loads(text), alarm)
    finally:
        os._exit(0)
