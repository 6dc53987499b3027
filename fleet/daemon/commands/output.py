"""One stream of a command on its way from the pipe into the spool, masked."""

from __future__ import annotations

import os
import time
from typing import Callable

from fleet.daemon.commands.spool import Writer
from fleet.masking import Masker

# Bytes per read, and seconds for which a line without an end is held back.
_READ = 1 << 16
HOLD_BACK = 0.3


class Output:
    """The reading end of a command's stdout or stderr. `held_until` is when what is held back is to be given out."""

    def __init__(self, stream: str, fd: int, writer: Writer, on_bytes: Callable[[], None]) -> None:
        os.set_blocking(fd, False)
        self.stream = stream
        self.fd = fd
        self.open = True
        self.held_until = 0.0
        self._writer = writer
        self._on_bytes = on_bytes
        self._masker = Masker()

    @property
    def masked(self) -> int:
        """Secrets that were replaced so far."""
        return self._masker.count

    def read(self) -> bool:
        """Take what the pipe has, once; False: it has nothing now. `open` ends with the stream."""
        try:
            data = os.read(self.fd, _READ)
        except BlockingIOError:
            return False
        if not data:
            self.close()
            return False
        self._give(self._masker.feed(data))
        return True

    def overdue(self, now: float) -> None:
        """Give out what was held back for long enough, with its secrets masked."""
        if self.held_until and now >= self.held_until:
            self.held_until = 0.0
            data = self._masker.overdue()
            if data:  # else only more bytes can tell, and nobody looks again until they come
                self._give(data)

    def _give(self, data: bytes) -> None:
        if data:
            self._writer.write(self.stream, data)
            self._on_bytes()
        pending = self._masker.pending
        if pending and (data or not self.held_until):
            self.held_until = time.monotonic() + HOLD_BACK
        elif not pending:
            self.held_until = 0.0

    def close(self) -> None:
        """Give out the rest: the stream has ended, or nobody waits for it any longer."""
        if self.open:
            self.open = False
            self._give(self._masker.flush())
            self.held_until = 0.0
            os.close(self.fd)
