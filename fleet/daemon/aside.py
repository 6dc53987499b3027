"""What blocks is done in a short-lived thread, whose answer comes back into the loop."""

from __future__ import annotations

import os
import threading
from typing import Callable, Generic, Optional, TypeVar, Union

from fleet.daemon.loop import Loop

T = TypeVar("T")


class Aside(Generic[T]):
    """Runs `work` in a thread; `done` is called in the loop with what it gave, or with the error that it raised.

    After `abandon` it is not called any more: then `drop` gets what comes too late, in the thread.
    """

    def __init__(
        self,
        loop: Loop,
        work: Callable[[], T],
        done: Callable[[Union[T, Exception]], None],
        drop: Callable[[T], None] = lambda _: None,
    ) -> None:
        self._loop = loop
        self._work = work
        self._done: Optional[Callable[[Union[T, Exception]], None]] = done
        self._drop = drop
        self._lock = threading.Lock()
        self._outcome: Optional[Union[T, Exception]] = None
        self._end, self._bell = os.pipe()
        loop.watch(self._end, self._over)
        # A daemon thread: a look-up of a name that hangs does not keep the process from ending.
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        outcome: Union[T, Exception]
        try:
            outcome = self._work()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the loop's to judge
            outcome = error
        with self._lock:
            self._outcome = outcome
            wanted = self._done is not None
            os.close(self._bell)
        if not wanted and not isinstance(outcome, Exception):
            self._drop(outcome)

    def abandon(self) -> None:
        """Nobody waits for it any more."""
        with self._lock:
            if self._done is None:
                return
            self._done = None
            late = self._outcome
        self._loop.unwatch(self._end)
        os.close(self._end)
        if late is not None and not isinstance(late, Exception):
            self._drop(late)

    def _over(self, _: int) -> None:
        self._loop.unwatch(self._end)
        os.close(self._end)
        with self._lock:
            done, self._done = self._done, None
        if done is not None:
            done(self._outcome)  # type: ignore[arg-type]  # the end of the pipe says that an outcome is there
