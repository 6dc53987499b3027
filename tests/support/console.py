"""Running `fleet …` as a person would, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping


def fleet(*arguments: object, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """What a command did: its exit code and both outputs. No variable of ours is set unless given."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("FLEET_") and k != "PORT"}
    command = [sys.executable, "-m", "fleet", *map(str, arguments)]
    return subprocess.run(  # noqa: PLW1510  # what it exits with is the test's matter
        command,
        capture_output=True,
        text=True,
        timeout=120,
        env=inherited | {"HOME": "/"} | (environment or {}),
    )
