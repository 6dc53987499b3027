"""Backing up under writes, restoring, and what readers are told afterwards: by the real program."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.console import fleet
from tests.support.serving import Served, served
from tests.support.tokens import make_token


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    folder = tmp_path / "data"
    folder.mkdir()
    with served(folder, "--log-level", "info") as running:
        yield running


def client(server: Served, token: str) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def add_agent(api: httpx.Client, name: str) -> str:
    answer = api.post("/v1/agents", json={"name": name, "worktree": "/w"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def first_frame(api: httpx.Client, wanted: str, cursor: str = "") -> tuple[str, dict[str, Any]]:
    """The id and the data of the first frame of that kind."""
    with api.stream("GET", "/v1/stream", headers={"Last-Event-ID": cursor} if cursor else {}) as answer:
        frame_id = ""
        for line in answer.iter_lines():
            if line.startswith("id:"):
                frame_id = line.removeprefix("id:").strip()
            if line.startswith("data:"):
                frame = json.loads(line.removeprefix("data:"))
                if frame["event"] == wanted:
                    return frame_id, frame["data"]
    raise AssertionError(f"no frame {wanted}")


def names(api: httpx.Client) -> set[str]:
    return {agent["name"] for agent in api.get("/v1/agents?limit=1000").json()["agents"]}


def test_a_backup_under_writes_is_one_moment_whole_and_private(server: Served, tmp_path: Path) -> None:
    token = make_token(server, "admin").secret
    stop = threading.Event()
    written: list[str] = []

    def keep_writing() -> None:
        with client(server, token) as api:
            while not stop.is_set():
                agent = add_agent(api, f"agent {len(written)}")
                api.post(f"/v1/agents/{agent}/events", json={"type": "info", "message": "x" * 500})
                written.append(agent)

    writers = [threading.Thread(target=keep_writing) for _ in range(4)]
    for writer in writers:
        writer.start()
    try:
        copies = []
        for number in range(3):
            copy = tmp_path / f"copy-{number}.db"
            done = fleet("backup", copy, "-d", server.database)
            assert done.returncode == 0, done.stderr
            assert "checked" in done.stderr
            copies.append(copy)
    finally:
        stop.set()
        for writer in writers:
            writer.join()

    assert len(written) > 20, "there was hardly anything to be disturbed by"
    for copy in copies:
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert not list(tmp_path.glob(f"{copy.name}-*")), "one file, nothing beside it"
        with closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            head, last = connection.execute(
                "SELECT (SELECT head FROM journal), (SELECT max(seq) FROM changes)"
            ).fetchone()
            assert head == last, "the journal's head and rows are of one moment"


def test_after_a_restore_state_and_tokens_are_back_and_readers_start_anew(server: Served, tmp_path: Path) -> None:
    token = make_token(server, "admin").secret
    with client(server, token) as api:
        add_agent(api, "before")
        assert fleet("backup", tmp_path / "copy.db", "-d", server.database).returncode == 0
        gone = add_agent(api, "after")
        cursor, _ = first_frame(api, "connected")

        refused = fleet("restore", tmp_path / "copy.db", "--force", "-d", server.database)
        assert refused.returncode == 3, "a served database is left alone"
        assert "stop the other one" in refused.stderr
        server.stop()
        refused = fleet("restore", tmp_path / "copy.db", "-d", server.database)
        assert refused.returncode == 1
        assert "--force" in refused.stderr
        done = fleet("restore", tmp_path / "copy.db", "--force", "-d", server.database)
        assert done.returncode == 0, done.stderr
        server.start()

        assert names(api) == {"before"}, "the token still works, and the state is the backup's"
        assert api.get(f"/v1/agents/{gone}").status_code == 404
        place, told = first_frame(api, "reset", cursor)
        assert told["reason"] == "epoch"
        assert place.partition("-")[0] != cursor.partition("-")[0]
    assert stat.S_IMODE(server.database.stat().st_mode) == 0o600
    [kept] = server.folder.glob("fleet.db.before-restore-*Z")
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT count(*) FROM agents").fetchone() == (2,), "nothing was thrown away"


def test_an_older_backup_is_upgraded_and_a_newer_one_refused(tmp_path: Path) -> None:
    database, copy = tmp_path / "fleet.db", tmp_path / "copy.db"
    assert fleet("db", "upgrade", "-d", database).returncode == 0
    assert fleet("backup", copy, "-d", database).returncode == 0
    with closing(sqlite3.connect(copy)) as connection:
        [(newest,)] = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        connection.execute("UPDATE alembic_version SET version_num = 'from the future'")
        connection.commit()

    newer = fleet("restore", copy, "--force", "-d", database)
    assert newer.returncode == 4
    assert "newer Fleet" in newer.stderr

    older = tmp_path / "older.db"
    make_first_revision(older)
    done = fleet("restore", older, "--force", "-d", database)
    assert done.returncode == 0, done.stderr
    assert f"from revision 0001 to {newest}" in done.stdout
    assert "up to date" in fleet("db", "current", "-d", database).stdout
    assert not list(tmp_path.glob(".fleet.db*")), "nothing half-made stays"


def make_first_revision(path: Path) -> None:
    """A database as the first Fleet made it."""
    code = """
import sys, sqlalchemy as sa
from alembic import command
from alembic.config import Config
from fleet import paths
config = Config()
config.set_main_option("script_location", str(paths.migrations()))
engine = sa.create_engine("sqlite:///" + sys.argv[1])
with engine.connect() as connection:
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
    connection.commit()
"""
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)


def test_a_damaged_backup_changes_nothing(tmp_path: Path) -> None:
    database, copy = tmp_path / "fleet.db", tmp_path / "copy.db"
    assert fleet("db", "upgrade", "-d", database).returncode == 0
    assert fleet("backup", copy, "-d", database).returncode == 0
    before = database.read_bytes()

    whole = copy.read_bytes()
    copy.write_bytes(whole[:8192] + b"\xff" * 20000 + whole[28192:])
    damaged = fleet("restore", copy, "--force", "-d", database)
    text = tmp_path / "notes.txt"
    text.write_text("not a database")
    nonsense = fleet("restore", text, "--force", "-d", database)

    assert (damaged.returncode, nonsense.returncode) == (1, 1)
    assert "Traceback" not in damaged.stderr + nonsense.stderr
    assert database.read_bytes() == before


def test_a_broken_database_is_replaced_and_kept_as_it_lies(tmp_path: Path) -> None:
    database, copy = tmp_path / "fleet.db", tmp_path / "copy.db"
    assert fleet("db", "upgrade", "-d", database).returncode == 0
    assert fleet("backup", copy, "-d", database).returncode == 0
    database.write_bytes(b"SQLite format 3\x00" + b"rubbish" * 1000)

    done = fleet("restore", copy, "--force", "-d", database)

    assert done.returncode == 0, done.stderr
    [kept] = tmp_path.glob("fleet.db.before-restore-*")
    assert b"rubbish" in kept.read_bytes()
    assert "up to date" in fleet("db", "current", "-d", database).stdout


def test_a_backup_never_overwrites_what_is_no_backup(tmp_path: Path) -> None:
    database, notes = tmp_path / "fleet.db", tmp_path / "notes.txt"
    assert fleet("db", "upgrade", "-d", database).returncode == 0
    notes.write_text("mine")

    onto_itself = fleet("backup", database, "-d", database)
    onto_notes = fleet("backup", notes, "-d", database)
    of_nothing = fleet("backup", tmp_path / "copy.db", "-d", tmp_path / "nowhere.db")

    assert (onto_itself.returncode, onto_notes.returncode, of_nothing.returncode) == (1, 1, 1)
    assert notes.read_text() == "mine"
    assert not (tmp_path / "nowhere.db").exists()


def test_a_backup_goes_through_a_pipe(tmp_path: Path) -> None:
    database, copy = tmp_path / "fleet.db", tmp_path / "copy.db"
    assert fleet("db", "upgrade", "-d", database).returncode == 0
    command = [sys.executable, "-m", "fleet", "backup", "-", "-d", str(database)]
    copy.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)

    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_the_size_is_told_table_by_table(tmp_path: Path) -> None:
    database = tmp_path / "fleet.db"
    assert fleet("db", "upgrade", "-d", database).returncode == 0

    told = json.loads(fleet("db", "size", "--json", "-d", database).stdout)

    assert told["file"] == database.stat().st_size
    assert {"agents", "changes", "tokens"} <= {table["name"] for table in told["tables"]}
    assert sum(table["bytes"] for table in told["tables"]) <= told["file"]
    assert "agents" in fleet("db", "size", "-d", database).stdout
