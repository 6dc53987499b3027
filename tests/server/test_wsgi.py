"""`wsgi.py` under somebody else's server: refused where it could not work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
PATCHED = "from gevent import monkey; monkey.patch_all(); import wsgi"


def run(tmp_path: Path, code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ
        | {"PYTHONPATH": str(CHECKOUT), "FLEET_DATABASE": str(tmp_path / "fleet.db"), "HOME": str(tmp_path)}
        | environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_unpatched_process_is_refused_and_told_what_to_do(tmp_path: Path) -> None:
    answer = run(tmp_path, "import wsgi")

    assert answer.returncode == 3
    assert "gunicorn -k gevent wsgi:app" in answer.stderr
    assert not list(tmp_path.iterdir())


def test_flasks_own_server_is_refused(tmp_path: Path) -> None:
    code = "import sys; sys.argv = ['flask', '--app', 'wsgi', 'run']; import flask.cli; flask.cli.main()"

    answer = run(tmp_path, code)

    assert answer.returncode == 3
    assert "fleet serve" in answer.stderr


def test_more_than_one_worker_on_sqlite_is_refused(tmp_path: Path) -> None:
    answer = run(tmp_path, PATCHED, WEB_CONCURRENCY="2")

    assert answer.returncode == 3
    assert "SQLite serves one worker" in answer.stderr


def test_preloading_is_refused(tmp_path: Path) -> None:
    answer = run(tmp_path, f"import gunicorn.arbiter; {PATCHED}")

    assert answer.returncode == 3
    assert "--preload" in answer.stderr


def test_wrong_settings_are_refused_in_words(tmp_path: Path) -> None:
    answer = run(tmp_path, PATCHED, FLEET_PORT="x")

    assert answer.returncode == 3
    assert "port cannot be 'x'" in answer.stderr


@pytest.mark.parametrize("command", ["fleet.config", "fleet.shutdown", "fleet.server.lock"])
def test_what_has_to_stay_light_imports_no_gevent(command: str) -> None:
    code = f"import {command}, sys; print('gevent' in sys.modules)"

    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"
