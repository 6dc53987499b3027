"""`pytest --headed` shows the browser; without it nobody needs a screen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.browser.conftest import launch

CHECKOUT = Path(__file__).parents[2]
# A browser that writes down how it was started, and will not run.
REFUSES = '#!/bin/sh\necho "$@" >>"$STARTED"\nexit 1\n'


def started(folder: Path, *options: str) -> str:
    """With which arguments a browser test starts Chromium."""
    folder.joinpath("chromium").write_text(REFUSES)
    folder.joinpath("chromium").chmod(0o755)
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "STARTED": str(folder / "started")}
    # A test that needs the browser and nothing before it.
    test = "tests/browser/test_screens.py::test_every_picture_is_taken"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test, *options]
    done = subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return (folder / "started").read_text()


def test_the_option_reaches_the_browsers_command_line(tmp_path: Path) -> None:
    assert "--headless" not in started(tmp_path, "--headed")


def test_without_the_option_there_is_no_window(tmp_path: Path) -> None:
    assert "--headless" in started(tmp_path)


@pytest.mark.parametrize(("headed", "pause"), [(True, True), (False, False)])
def test_acts_can_be_followed_where_somebody_watches(headed: bool, pause: bool) -> None:
    given: dict[str, Any] = {}
    playwright: Any = SimpleNamespace(chromium=SimpleNamespace(launch=lambda **options: given.update(options)))

    launch(playwright, headed=headed)

    assert (given["headless"], given["slow_mo"] > 0) == (not headed, pause)
