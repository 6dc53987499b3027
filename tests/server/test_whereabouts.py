"""A command beside a running server knows where that one listens, whatever flags it was started with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fleet.config import Settings
from fleet.server import whereabouts
from fleet.server.lock import DatabaseInUse, DatabaseLock


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """What a command knows by itself: the database."""
    return Settings(database=str(tmp_path / "fleet.db"))


@pytest.fixture
def lock(settings: Settings) -> DatabaseLock:
    assert settings.sqlite_path is not None
    held = DatabaseLock(settings.sqlite_path)
    held.acquire()
    return held


def serving(settings: Settings) -> Settings:
    return Settings(database=settings.database, host="192.168.1.20", port=9000, base_path="/fleet")


def test_a_command_finds_the_running_servers_address(settings: Settings, lock: DatabaseLock) -> None:
    whereabouts.note(lock, serving(settings))

    assert whereabouts.as_served(settings).url == "http://192.168.1.20:9000/fleet"


def test_who_holds_the_lock_is_still_said(settings: Settings, lock: DatabaseLock) -> None:
    whereabouts.note(lock, serving(settings))
    program = (
        "import sys; from pathlib import Path; from fleet.server.lock import DatabaseLock;"
        "DatabaseLock(Path(sys.argv[1])).acquire()"
    )

    done = subprocess.run([sys.executable, "-c", program, lock.database], check=False, capture_output=True, text=True)

    assert DatabaseInUse.__name__ in done.stderr
    assert "9000" not in done.stderr


def test_without_a_server_the_commands_own_settings_count(settings: Settings, lock: DatabaseLock) -> None:
    assert whereabouts.as_served(settings) == settings  # nothing noted yet
    whereabouts.note(lock, serving(settings))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    text = lock.path.read_text().partition("\n")[2]
    lock.path.write_text(f"{ended.pid}\n{text}")

    assert whereabouts.as_served(settings) == settings


@pytest.mark.parametrize("text", ["", "1", "1\n", "x\n{}\n", '1\n{"host": 7}\n', "1\n\xff\n"])
def test_a_note_that_cannot_be_read_is_none(settings: Settings, lock: DatabaseLock, text: str) -> None:
    lock.path.write_text(text, encoding="latin-1")

    assert whereabouts.as_served(settings) == settings
