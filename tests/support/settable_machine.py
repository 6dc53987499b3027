"""`fleet` on a machine whose clock a test sets: `python settable_machine.py FILE serve …`.

FILE holds by how many seconds the machine's clock is off.
"""

import sys
import time
from pathlib import Path

FILE = Path(sys.argv.pop(1))
true_time, true_time_ns = time.time, time.time_ns


def off() -> float:
    """By how much the clock is off (seconds)."""
    return float(FILE.read_text() or 0)


time.time = lambda: true_time() + off()
time.time_ns = lambda: true_time_ns() + int(off() * 1_000_000_000)

from fleet.cli import main  # noqa: E402  # Fleet's clock is made when it is loaded

main(prog_name="fleet")
