"""A restore that is killed at any step leaves a database under the name: the old one or the new one, whole."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from fleet.config import Settings
from fleet.console.backup import backup
from fleet.db.upkeep.upgrade import upgrade
from fleet.server.lock import DatabaseLock
from tests.support.console import fleet

# Ends the process before it changes one of the names that count for the nth time, with no further word.
KILLED = """
import os, signal, sys

left = int(sys.argv[1])

def hook(event, arguments):
    global left
    if event in ("os.rename", "os.link"):
        target = str(arguments[1])
        left -= ".before-restore-" in target or target.endswith("/fleet.db")
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

from fleet.cli import main
sys.addaudithook(hook)
sys.argv = ["fleet", *sys.argv[2:]]
main()
"""
STEPS_MOST = 20


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "fleet.db"
    path.parent.mkdir()
    upgrade(Settings(database=str(path)))
    return path


def mark(database: Path, name: str) -> None:
    """Write a row that only this database has."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE journal SET epoch = ?", (name,))


def epoch(database: Path) -> str:
    with closing(sqlite3.connect(f"file:{database}?mode=rw", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return str(connection.execute("SELECT epoch FROM journal").fetchone()[0])


def restore(copy: Path, database: Path, kill_at: int) -> int:
    """Restore in a process that is killed at its nth step; its exit code, 0 when it has fewer."""
    words = [sys.executable, "-c", KILLED, str(kill_at), "restore", str(copy), "--force", "-d", str(database)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FLEET_")} | {"HOME": "/"}
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def test_whenever_it_is_killed_the_name_leads_to_one_of_the_two(tmp_path: Path, database: Path) -> None:
    copy, anchor = tmp_path / "copy.db", database.with_name("fleet.db.audit-anchor")
    backup(Settings(database=str(database)), str(copy))
    mark(database, "present")
    anchor.write_text("the present one's")
    for step in range(1, STEPS_MOST):
        ended = restore(copy, database, step)

        assert database.is_file(), step
        lock = DatabaseLock(database)
        lock.acquire()
        lock.release()
        if epoch(database) != "present":
            break
        assert ended == -signal.SIGKILL
        assert anchor.read_text() == "the present one's", step
        assert not list(database.parent.glob("*.before-restore-*")), step
    [kept, _] = sorted(database.parent.glob("*.before-restore-*"))
    assert step >= 3, "it was killed at some steps"
    assert epoch(kept) == "present"
    assert "up to date" in fleet("db", "current", "-d", database).stdout


def test_a_name_of_anybody_elses_making_is_still_refused(database: Path) -> None:
    os.link(database, database.with_name("fleet.db.before-restore-mine"))

    assert "hard links" in fleet("db", "upgrade", "-d", database).stderr
