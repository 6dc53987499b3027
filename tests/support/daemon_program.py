"""The daemon's program in a process of its own, and a folder in which it believes itself enrolled."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "fleet.daemon")
KEY = "fla_" + "S" * 43


def until(condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + 30
    while not (found := condition()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)
    return found


def given(config: Path, tmp_path: Path, url: str, **more: Any) -> Path:
    """A host that was enrolled, without a server."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    config.parent.mkdir()
    config.write_text(json.dumps({"url": url, "state": str(state), **more}))
    for name, content in (("key", KEY), ("agent", '{"id": "agt_1"}')):
        (state / name).write_text(content)
        (state / name).chmod(0o600)
    return state
