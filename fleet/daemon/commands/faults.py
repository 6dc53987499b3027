"""Places at which a test lets the process be killed, as power and kernels do: `FLEET_DAEMON_FAULT=<name>`."""

from __future__ import annotations

import os
import signal

# Read once: what happens in between costs a comparison.
_CHOSEN = os.environ.get("FLEET_DAEMON_FAULT", "")


def point(name: str) -> None:
    """Die here by SIGKILL, if this is the place that was chosen."""
    if name == _CHOSEN:
        os.kill(os.getpid(), signal.SIGKILL)
