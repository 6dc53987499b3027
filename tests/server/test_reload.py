"""`fleet serve --dev --reload`: what was saved is what is served, and nothing else has changed."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from fleet.cli import main
from fleet.server.handover import VARIABLE, Handover, received
from fleet.server.lock import DatabaseInUse, DatabaseLock
from tests.server.conftest import answers
from tests.server.conftest import eventually as wait_until
from tests.support.checkout import ORIGINAL, copy_checkout, save
from tests.support.serving import PATIENCE, Served, served

HEALTH = Path("fleet/web/system/health.py")
MIGRATION = '''
"""Later."""
from alembic import op
revision = "later"
down_revision = "{newest}"
def upgrade() -> None:
    op.execute("CREATE TABLE later (id INTEGER PRIMARY KEY)")
'''


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose files may be changed."""
    return copy_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def server(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of that checkout's, which restarts when it changes."""
    environment = {"PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": ""}
    with served(tmp_path_factory.mktemp("reload"), "--dev", "--reload", environment=environment) as running:
        yield running


def write_health(checkout: Path, word: str) -> Path:
    """Save a view that says `word`."""
    text = (ORIGINAL / HEALTH).read_text()
    said_there = '{"status": "healthy"'
    assert text.count(said_there) == 1
    save(checkout / HEALTH, text.replace(said_there, f'{{"status": "{word}"'))
    return checkout / HEALTH


def said(server: Served, patience: float = PATIENCE) -> str:
    """What the view says; nothing when it takes longer or is cut off in a restart, but nobody may be refused."""
    try:
        with urllib.request.urlopen(f"{server.url}/health", timeout=patience) as answer:
            return str(json.load(answer)["status"])
    except OSError as error:
        refused = isinstance(getattr(error, "reason", error), ConnectionRefusedError)
    assert not refused, "a connection was refused"
    return ""


def eventually(seen: Callable[[], bool]) -> None:
    """Wait until `seen` is true, as long as a slow machine may take to start a server twice."""
    wait_until(seen, 2 * PATIENCE)


def free(server: Served) -> bool:
    """Whether somebody else could take the server's database."""
    lock = DatabaseLock(server.database)
    try:
        lock.acquire()
    except DatabaseInUse:
        return False
    lock.release()
    return True


def test_a_saved_file_is_served_at_the_same_port_and_the_log_names_it_once(server: Served, checkout: Path) -> None:
    before, said_before = server.log.count("restarts"), server.log.count("is at http")

    write_health(checkout, "changed")

    eventually(lambda: said(server) == "changed")
    assert server.log.count("restarts") == before + 1
    assert f"{HEALTH} changed, the server restarts" in server.log
    assert server.log.count("is at http") == said_before


def test_nobody_else_gets_the_database_in_between(server: Served, checkout: Path) -> None:
    write_health(checkout, "locked")

    eventually(lambda: pytest.fail("it was free") if free(server) else said(server, 0.5) == "locked")


def test_a_file_saved_twice_in_a_second_in_the_same_size_is_served_as_it_was_last(
    server: Served, checkout: Path
) -> None:
    first = write_health(checkout, "word-1").stat()
    eventually(lambda: said(server) == "word-1")

    second = write_health(checkout, "word-2")
    os.utime(second, ns=(first.st_atime_ns, first.st_mtime_ns + 1))

    eventually(lambda: said(server) == "word-2")


def test_what_is_no_python_is_told_with_its_line_and_leaves_the_server_as_it_is(server: Served, checkout: Path) -> None:
    before = said(server)

    save(checkout / HEALTH, "import time\n\nhealth = = 3\n")
    eventually(lambda: f"{HEALTH}, line 3: invalid syntax" in server.log)
    assert said(server) == before

    write_health(checkout, "mended")
    eventually(lambda: said(server) == "mended")


def test_a_file_that_cannot_be_imported_ends_the_server_until_the_next_save(server: Served, checkout: Path) -> None:
    ended = server.log.count("the next change starts it again")

    save(checkout / HEALTH, "import time\n\nhealth = unheard_of\n")
    eventually(lambda: server.log.count("the next change starts it again") == ended + 1)
    assert "NameError: name 'unheard_of' is not defined" in server.log
    assert f'{HEALTH}", line 3' in server.log

    write_health(checkout, "back")
    eventually(lambda: said(server) == "back")


def test_a_new_migration_is_applied(server: Served, checkout: Path) -> None:
    newest = max(path.stem[:4] for path in (checkout / "migrations" / "versions").glob("0*.py"))

    save(checkout / "migrations" / "versions" / "later.py", MIGRATION.format(newest=newest))

    def applied() -> bool:
        with sqlite3.connect(server.database) as looking:
            return looking.execute("SELECT version_num FROM alembic_version").fetchall() == [("later",)]

    eventually(applied)
    eventually(server.healthy)


@pytest.mark.parametrize(
    ("ending", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_nothing_is_left_when_it_is_ended(tmp_path: Path, ending: signal.Signals, code: int) -> None:
    with served(tmp_path, "--dev", "--reload") as server:
        assert server.process
        server.process.send_signal(ending)

        assert server.process.wait(PATIENCE) == code
        eventually(lambda: free(server))
        assert not answers(server.port)


def test_without_dev_it_is_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    answer = CliRunner().invoke(main, ["serve", "--reload"])

    assert (answer.exit_code, answer.output) == (2, "Error: --reload is for development: use it with --dev.\n")
    assert not list(tmp_path.iterdir())


def test_what_was_handed_over_is_taken_out_of_the_environment() -> None:
    given = Handover(giver=os.getppid(), sockets=(3, 4), lock=5, again=True)
    environment = given.as_variable()

    assert received(environment) == given
    assert received(environment) is None


def test_what_somebody_elses_parent_has_handed_over_is_nothing_to_us() -> None:
    environment = Handover(giver=os.getpid(), sockets=(3,)).as_variable()

    assert received(environment) is None
    assert VARIABLE not in environment
