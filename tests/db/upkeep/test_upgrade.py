"""Upgrading: what is backed up, what is refused, what happens when it fails."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from fleet import paths
from fleet.config import Settings
from fleet.config.database_file import DatabaseUnusable
from fleet.db.upkeep import snapshot
from fleet.db.upkeep.upgrade import DatabaseNewer, Standing, standing, upgrade

REVISION = """
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {down!r}


def upgrade() -> None:
    {body}
"""
CREATE = 'op.create_table("eggs", sa.Column("id", sa.Integer(), primary_key=True))'
ADD = 'op.add_column("eggs", sa.Column("size", sa.Text()))'
FAIL_HALFWAY = 'op.create_table("hens", sa.Column("id", sa.Integer()))\n    raise ValueError("halfway")'


class Migrations:
    """A folder with Fleet's own env.py and revisions of the test's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "versions").mkdir(parents=True)
        shutil.copy(paths.migrations() / "env.py", folder)
        self.last: str | None = None

    def add(self, revision: str, body: str) -> None:
        text = REVISION.format(revision=revision, down=self.last, body=body)
        (self.folder / "versions" / f"{revision}.py").write_text(text)
        self.last = revision


@pytest.fixture
def migrations(tmp_path: Path) -> Migrations:
    made = Migrations(tmp_path / "migrations")
    made.add("one", CREATE)
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database=str(tmp_path / "data" / "fleet.db"))


@pytest.fixture
def database(settings: Settings) -> Path:
    assert settings.sqlite_path
    settings.sqlite_path.parent.mkdir()
    return settings.sqlite_path


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def columns(path: Path, table: str) -> list[str]:
    with opened(path) as connection:
        return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def backups(database: Path) -> list[Path]:
    return sorted(database.parent.glob("fleet.db.backup-*"))


def test_a_new_database_is_its_owners_only(settings: Settings, database: Path, migrations: Migrations) -> None:
    before = upgrade(settings, migrations.folder)

    assert before == Standing(None, "one")
    assert columns(database, "eggs") == ["id"]
    assert database.stat().st_mode & 0o777 == 0o600
    assert not backups(database)


def test_an_older_database_is_backed_up_with_its_content_before_it_is_upgraded(
    settings: Settings, database: Path, migrations: Migrations
) -> None:
    upgrade(settings, migrations.folder)
    with opened(database) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("INSERT INTO eggs VALUES (7)")
    migrations.add("two", ADD)

    assert upgrade(settings, migrations.folder) == Standing("one", "two")

    (backup,) = backups(database)
    assert backup.name.startswith("fleet.db.backup-one-")
    assert backup.stat().st_mode & 0o777 == 0o600
    assert columns(backup, "eggs") == ["id"]
    assert columns(database, "eggs") == ["id", "size"]
    with opened(backup) as connection:
        assert connection.execute("SELECT id FROM eggs").fetchall() == [(7,)]


def test_a_database_that_is_up_to_date_is_left_alone(
    settings: Settings, database: Path, migrations: Migrations
) -> None:
    upgrade(settings, migrations.folder)
    content = database.read_bytes()

    assert upgrade(settings, migrations.folder).up_to_date
    assert database.read_bytes() == content
    assert not backups(database)


def test_looking_makes_no_file(settings: Settings, database: Path, migrations: Migrations) -> None:
    assert standing(settings, migrations.folder) == Standing(None, "one")
    assert not database.exists()


def test_a_migration_that_fails_halfway_leaves_the_database_as_it_was(
    settings: Settings, database: Path, migrations: Migrations
) -> None:
    upgrade(settings, migrations.folder)
    migrations.add("two", ADD)
    migrations.add("three", FAIL_HALFWAY)

    with pytest.raises(ValueError, match="halfway"):
        upgrade(settings, migrations.folder)

    assert standing(settings, migrations.folder).current == "one"
    assert columns(database, "eggs") == ["id"]
    assert columns(database, "hens") == []
    assert len(backups(database)) == 1


def test_one_upgrade_makes_one_backup_however_often_it_fails(
    settings: Settings, database: Path, migrations: Migrations
) -> None:
    upgrade(settings, migrations.folder)
    with opened(database) as connection:
        connection.execute("INSERT INTO eggs VALUES (7)")
    migrations.add("two", FAIL_HALFWAY)
    for _ in range(3):
        with pytest.raises(ValueError, match="halfway"):
            upgrade(settings, migrations.folder)
    assert len(backups(database)) == 1

    with opened(database) as connection:
        connection.execute("INSERT INTO eggs VALUES (8)")
    with pytest.raises(ValueError, match="halfway"):
        upgrade(settings, migrations.folder)

    assert len(backups(database)) == 2, "what was written since is not in the one before"


def test_a_backup_has_its_name_once_it_is_whole(
    settings: Settings, database: Path, migrations: Migrations, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(settings, migrations.folder)
    migrations.add("two", ADD)

    def killed(_path: Path) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "sync", killed)
        with pytest.raises(SystemExit):
            upgrade(settings, migrations.folder)

    assert backups(database) == []
    upgrade(settings, migrations.folder)
    assert len(backups(database)) == 1


def test_the_log_says_that_a_backup_and_an_upgrade_begin(
    settings: Settings, database: Path, migrations: Migrations, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(settings, migrations.folder)
    migrations.add("two", ADD)

    # One that has logged before keeps to the settings of that time.
    monkeypatch.setattr("fleet.db.upkeep.upgrade.log", structlog.get_logger())
    with capture_logs() as said:
        upgrade(settings, migrations.folder)

    assert [line["event"] for line in said] == [
        "backing the database up before its upgrade",
        "database backed up",
        "upgrading the database",
        "database upgraded",
    ]
    assert said[0]["file"] == str(database)


def test_a_disk_that_is_full_for_the_backup_is_said_in_words(
    settings: Settings, database: Path, migrations: Migrations, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(settings, migrations.folder)
    migrations.add("two", ADD)

    def full(_path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(snapshot, "sync", full)
    with pytest.raises(
        DatabaseUnusable, match=rf"before its upgrade .*the disk of {database.parent} is full; free some"
    ):
        upgrade(settings, migrations.folder)


def test_a_copy_that_is_upgraded_leaves_no_backup(settings: Settings, database: Path, migrations: Migrations) -> None:
    upgrade(settings, migrations.folder)
    migrations.add("two", ADD)

    upgrade(settings, migrations.folder, backup=False)

    assert backups(database) == []


def test_a_database_of_a_newer_fleet_is_refused_untouched(
    settings: Settings, database: Path, migrations: Migrations
) -> None:
    upgrade(settings, migrations.folder)
    with opened(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'nine'")
    content = database.read_bytes()

    with pytest.raises(DatabaseNewer, match="nine"):
        upgrade(settings, migrations.folder)

    assert database.read_bytes() == content


def test_a_database_with_other_tables_is_refused(settings: Settings, database: Path, migrations: Migrations) -> None:
    with opened(database) as connection:
        connection.execute("CREATE TABLE agents (id TEXT)")

    with pytest.raises(DatabaseUnusable, match="not Fleet's"):
        upgrade(settings, migrations.folder)

    assert columns(database, "agents") == ["id"]


def test_a_folder_that_is_missing_is_named(settings: Settings, migrations: Migrations) -> None:
    with pytest.raises(DatabaseUnusable, match=r"there is no folder .*; make it"):
        upgrade(settings, migrations.folder)


def test_rows_that_point_to_nothing_after_a_migration_undo_it(
    settings: Settings, database: Path, migrations: Migrations
) -> None:
    upgrade(settings, migrations.folder)
    migrations.add(
        "two",
        'op.execute("CREATE TABLE nests (egg INTEGER REFERENCES eggs (id))")\n'
        '    op.execute("INSERT INTO nests VALUES (99)")',
    )

    with pytest.raises(RuntimeError, match="point to nothing"):
        upgrade(settings, migrations.folder)

    assert columns(database, "nests") == []
