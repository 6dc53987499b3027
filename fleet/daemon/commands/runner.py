"""The process that stays with one command: takes its output, ends it in time, writes down how it ended.

It is a session leader of its own and outlives the daemon. As a subreaper it
inherits every descendant of the command whose parent has gone, so that none
is ever lost from sight.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import time
from pathlib import Path
from typing import Any, Dict, List, Optional

from fleet import protocol
from fleet.daemon.commands import begun, processes, progress, results
from fleet.daemon.commands.ladder import Ladder
from fleet.daemon.commands.output import Output
from fleet.daemon.commands.params import Params
from fleet.daemon.commands.spawn import Spawned, spawn
from fleet.daemon.commands.spool import Writer
from fleet.daemon.commands.wake import Knocker

# Seconds between two knocks while output flows.
_KNOCK_EVERY = 0.02
# Reads of each pipe after the last moment, 64 KiB each: as much as the largest pipe can hold.
_LAST_READS = 16


def main(job: Dict[str, Any], alarm: int) -> None:
    """Be the runner of a job, if nobody else is; `alarm` is where signals are read (`detach.listen`).

    Does not raise, and returns when all is written.
    """
    folder = Path(job["folder"])
    knocker = Knocker(Path(job["wake"]))
    with contextlib.suppress(OSError):  # no room: nothing was begun, and the daemon tries again
        progress.prepare(folder)
        results.prepare(folder)
        lock = begun.claim(folder, os.getpid(), job["boot"])
        if lock is not None:
            Runner(job, folder, knocker, alarm).run()


class Runner:
    """One command from its start to its result."""

    def __init__(self, job: Dict[str, Any], folder: Path, knocker: Knocker, alarm: int) -> None:
        self._id = str(job["id"])
        self._params = Params(**job["params"])
        self._folder = folder
        self._boot = str(job["boot"])
        self._knocker = knocker
        self._alarm = alarm
        self._writer = Writer(folder, job["head"], job["tail"])
        self._selector = selectors.DefaultSelector()
        self._selector.register(alarm, selectors.EVENT_READ, self._alarmed)
        self._outputs: List[Output] = []
        self._began = time.monotonic()
        self._timeout_at = self._began + self._params.timeout
        self._pid = 0
        self._status: Optional[int] = None
        self._ended_at = 0.0
        self._alone = False
        self._cause: Optional[str] = None
        self._ladder: Optional[Ladder] = None
        self._knocked_at = 0.0
        self._knock_due = False

    def run(self) -> None:
        """Start the command and stay with it."""
        try:
            self._started(spawn(self._id, self._params))
        except OSError as error:
            self._write(results.make("failed", self._writer.progress, reason=str(error)))
            return
        while not self._over():
            for key, _ in self._selector.select(self._patience()):
                key.data()
            self._tick()
        self._finish()

    def _started(self, spawned: Spawned) -> None:
        numbers = self._writer.progress.numbers
        self._pid = spawned.pid
        numbers[progress.PID], numbers[progress.BIRTH] = spawned.pid, processes.birth_now()
        numbers[progress.STARTED] = 1
        self._knocker.knock()
        for stream, fd in (("stdout", spawned.stdout), ("stderr", spawned.stderr)):
            output = Output(stream, fd, self._writer, self._flowed)
            self._outputs.append(output)
            self._selector.register(fd, selectors.EVENT_READ, lambda output=output: self._read(output))
        self._reap()

    def _read(self, output: Output) -> None:
        fd = output.fd
        output.read()
        if not output.open:
            self._selector.unregister(fd)

    def _flowed(self) -> None:
        """Bytes are in the spool: say so now, or soon where it was just said."""
        self._knock_due = True
        self._writer.progress.numbers[progress.MASKED] = sum(output.masked for output in self._outputs)
        self._knock(time.monotonic())

    def _knock(self, now: float) -> None:
        if self._knock_due and now - self._knocked_at >= _KNOCK_EVERY:
            self._knock_due, self._knocked_at = False, now
            self._knocker.knock()

    def _alarmed(self) -> None:
        with contextlib.suppress(BlockingIOError):
            if signal.SIGUSR1 in os.read(self._alarm, 4096):
                self._stop("canceled")
        self._reap()

    def _reap(self) -> None:
        """Take the ends of the command and of what came to us; `alone`: there is nobody left."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                if pid == self._pid:
                    self._status, self._ended_at = status, time.monotonic()
        self._alone = True

    def _stop(self, cause: str) -> None:
        if self._ladder is None:
            self._ladder = Ladder(lambda: self._alone)
            # Who had ended by itself keeps its own end; what it left behind ends all the same.
            self._cause = cause if self._status is None else None

    def _tick(self) -> None:
        now = time.monotonic()
        if self._status is None and now >= self._timeout_at:
            self._stop("timed_out")
        if self._ladder is not None:
            self._ladder.step(now)
        for output in self._outputs:
            output.overdue(now)
        self._knock(now)

    def _patience(self) -> float:
        """Seconds until something is due that no descriptor tells."""
        moments = [output.held_until for output in self._outputs if output.held_until]
        if self._ladder is not None:
            moments.append(self._ladder.next)
        elif self._status is None:
            moments.append(self._timeout_at)
        else:
            moments.append(self._ended_at + protocol.BACKGROUND_WAITS)
        if self._knock_due:
            moments.append(self._knocked_at + _KNOCK_EVERY)
        return max(0.0, min(moments) - time.monotonic())

    def _over(self) -> bool:
        if self._ladder is not None:
            return self._ladder.done
        if self._status is None:
            return False
        waited = time.monotonic() >= self._ended_at + protocol.BACKGROUND_WAITS
        return waited or not any(output.open for output in self._outputs)

    def _finish(self) -> None:
        for output in self._outputs:
            for _ in range(_LAST_READS):
                if not output.open or not output.read():
                    break
            output.close()
        self._reap()
        left = [] if self._alone else processes.descendants(os.getpid())
        state, reason = self._end()
        spent = (self._ended_at or time.monotonic()) - self._began
        self._write(
            results.make(
                state,
                self._writer.progress,
                status=self._status,
                reason=reason,
                milliseconds=round(spent * 1000),
                left=processes.named(left),
            )
        )

    def _end(self) -> tuple[str, Optional[str]]:
        """State, and why where the state does not say it."""
        if self._cause == "timed_out":
            return "timed_out", f"not ended within {self._params.timeout} s"
        if self._cause is not None:
            return self._cause, None
        return ("succeeded" if self._status == 0 else "failed"), None

    def _write(self, result: results.Result) -> None:
        """The end goes to disk after all that was output, and is then told."""
        with contextlib.suppress(OSError):
            self._writer.sync()
        while True:
            try:
                results.write(self._folder, result, self._boot)
                break
            except FileNotFoundError:  # the daemon was removed from this host, and all that it had
                return
            except OSError:  # the room is there; a disk that fails may come back
                time.sleep(1.0)
        self._writer.progress.numbers[progress.FINISHED] = 1
        self._knocker.knock()
