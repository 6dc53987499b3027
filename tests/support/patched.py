"""Scenarios in processes that gevent has patched, as the server has it; the tests' own process stays unpatched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]


def play(script: str, folder: Path, scenario: str) -> Any:
    """What came of a scenario of a script beside this file, with a database in the folder."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name(script)), str(folder / "small.db"), scenario],
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
