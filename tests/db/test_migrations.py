"""Migrations and models say the same about every table and every index."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine

from fleet import app, paths  # noqa: F401  # app loads every model
from fleet.config import Settings
from fleet.db import Base
from fleet.db.upkeep.upgrade import upgrade


def indexes(path: Path) -> dict[str, str]:
    """Each index's definition, without quotes and needless blanks."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql NOTNULL")
        return {name: re.sub(r"\s+", " ", sql.replace('"', "")) for name, sql in found}


def columns(path: Path) -> set[tuple[str, ...]]:
    """Each table's columns: name, type, whether they may be null, place in the primary key."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            (table, *map(str, (row[1], row[2], row[3], row[5])))
            for table in tables
            if not table.startswith(("sqlite_", "alembic_"))
            for row in connection.execute(f"PRAGMA table_info({table})")
        }


def test_an_upgraded_database_is_what_the_models_describe(tmp_path: Path) -> None:
    upgraded, described = tmp_path / "upgraded.db", tmp_path / "described.db"
    upgrade(Settings(database=str(upgraded)))
    engine = create_engine(f"sqlite:///{described}")
    Base.metadata.create_all(engine)
    engine.dispose()

    assert indexes(upgraded) == indexes(described)
    assert columns(upgraded) == columns(described)


def test_revisions_are_numbered_one_after_another() -> None:
    names = sorted(path.name for path in (paths.migrations() / "versions").glob("0*.py"))

    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    for name, before in zip(names[1:], names, strict=False):
        text = (paths.migrations() / "versions" / name).read_text()
        assert f'down_revision = "{before[:4]}"' in text, name


def revisions_up_to(folder: Path, last: str) -> Path:
    """A folder with Fleet's revisions up to one of them."""
    (folder / "versions").mkdir(parents=True)
    shutil.copy(paths.migrations() / "env.py", folder)
    for path in sorted((paths.migrations() / "versions").glob("0*.py")):
        if path.name[:4] <= last:
            shutil.copy(path, folder / "versions")
    return folder


def test_numbers_of_tasks_go_on_after_an_upgrade(tmp_path: Path) -> None:
    database = tmp_path / "fleet.db"
    settings = Settings(database=str(database))
    upgrade(settings, revisions_up_to(tmp_path / "old", "0008"))
    with closing(sqlite3.connect(database)) as connection, connection:
        needed = {
            row[1]: 0 if row[2] == "INTEGER" else "x"
            for row in connection.execute("PRAGMA table_info(tasks)")
            if row[3]
        }
        task = needed | {"id": "task_1", "number": 41}
        places = ", ".join(f":{name}" for name in task)
        connection.execute(f"INSERT INTO tasks ({', '.join(task)}) VALUES ({places})", task)

    upgrade(settings)

    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT id, last FROM task_numbers").fetchall() == [(1, 41)]


def test_what_is_remembered_of_credentials_counts_from_the_upgrade_on(tmp_path: Path) -> None:
    database = tmp_path / "fleet.db"
    settings = Settings(database=str(database))
    upgrade(settings, revisions_up_to(tmp_path / "old", "0009"))

    upgrade(settings)

    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT id, edition FROM credentials").fetchall() == [(1, 1)]
