"""How far a copy has come, for a person at a terminal; nobody else is told."""

from __future__ import annotations

import shutil
import sys
import time

from fleet.shell import plain, screen

EVERY = 0.2  # seconds
UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


class Progress:
    """One line on standard error, written over again and again, and gone at the end."""

    def __init__(self, name: str, total: int | None) -> None:
        """`total` in bytes, None where nobody knows."""
        self._name, self._total = plain.line(name), total
        self._begun = self._shown = time.monotonic()
        self._is_wanted = sys.stderr is not None and sys.stderr.isatty() and not screen.for_programs()
        self._width = 0
        self.gone = 0

    def tell(self, gone: int) -> None:
        """So many bytes have gone."""
        self.gone, now = gone, time.monotonic()
        if not self._is_wanted or now - self._shown < EVERY:
            return
        self._shown = now
        share = f"{100 * gone // self._total:3} %  " if self._total else ""
        self._write(f"{share}{size(gone)}  {size(gone / (now - self._begun))}/s  {self._name}")

    def clear(self) -> None:
        """Take the line away."""
        if self._width:
            self._write("")
            sys.stderr.write("\r")
            sys.stderr.flush()

    def _write(self, text: str) -> None:
        text = plain.cut(text, shutil.get_terminal_size().columns - 1)
        sys.stderr.write("\r" + plain.pad(text, self._width))
        sys.stderr.flush()
        self._width = plain.width(text)


def size(count: float) -> str:
    """Bytes in the unit that suits them."""
    power = 0
    while count >= 1024 and power < len(UNITS) - 1:
        count, power = count / 1024, power + 1
    return f"{count:.{min(power, 1)}f} {UNITS[power]}"
