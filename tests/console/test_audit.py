"""`fleet audit`, and what commands, backups and restores leave in the audit: by the real program."""

from __future__ import annotations

import getpass
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.api import good
from tests.support.console import fleet
from tests.support.serving import served


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with four entries."""
    path = tmp_path / "fleet.db"
    assert fleet("db", "upgrade", "-d", path).returncode == 0
    run("token", "create", "ci", "--role", "operator", "-d", path)
    run("user", "add", "ada@example.org", "--role", "viewer", "-d", path)
    run("user", "role", "ada@example.org", "operator", "-d", path)
    run("user", "link", "ada@example.org", "-d", path)
    return path


def run(*arguments: object) -> str:
    done = fleet(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def entries(database: Path) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute("SELECT * FROM audit ORDER BY seq").fetchall()


def tamper(database: Path, script: str) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.executescript(f"DROP TRIGGER audit_never_changes; DROP TRIGGER audit_goes_by_its_floor; {script}")


def head(text: str) -> str:
    return text.partition("ead: ")[2].split()[0]


def broken(database: Path, *more: str) -> str:
    done = fleet("audit", "verify", *more, "-d", database)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


def test_commands_leave_entries_of_who_sits_at_the_shell(database: Path) -> None:
    found = entries(database)

    assert [row["action"] for row in found] == [
        "tokens.create",
        "people.create",
        "people.edit",
        "person_links.create",
    ]
    assert {(row["actor_kind"], row["actor_name"]) for row in found} == {("console", getpass.getuser())}
    assert [row["subject_name"] for row in found] == ["ci", "ada", "ada", "ada"]
    assert [row["noun"] for row in found] == ["token", "person", "person", "person"]


def test_a_whole_audit_is_told_with_its_range_its_anchor_and_its_head(database: Path) -> None:
    said = run("audit", "verify", "-d", database)

    assert "4 entries are as they were written: 1 to 4." in said
    assert "Anchored at entry 4" in said
    early = head(said)
    run("token", "create", "cd", "--role", "viewer", "-d", database)
    assert "1 to 5." in run("audit", "verify", "--head", early, "-d", database)
    assert "names" in broken(database, "--head", f"2:{early.partition(':')[2]}")
    assert "colon" in broken(database, "--head", "nonsense")


def test_a_changed_entry_is_named(database: Path) -> None:
    tamper(database, "UPDATE audit SET actor_name = 'somebody' WHERE seq = 2")

    assert "Entry 2 is not what it was" in broken(database)


def test_a_tail_set_back_together_with_the_head_is_found(database: Path) -> None:
    tamper(
        database,
        "DELETE FROM audit WHERE seq > 2;"
        "UPDATE audit_head SET seq = 2, digest = (SELECT digest FROM audit WHERE seq = 2)",
    )
    assert "the anchor names entry 4, the last one is 2" in broken(database)

    run("token", "create", "cd", "--role", "viewer", "-d", database)
    assert "the anchor names entry 4" in broken(database), "a later command does not cover it up"
    said = run("audit", "anchor", "-d", database)
    assert "the anchor before was: 4:" in said
    assert "1 to 4." in run("audit", "verify", "-d", database)
    last = entries(database)[-1]
    assert (last["action"], last["subject_id"][:2]) == ("audit.anchor", "4:")


def test_without_an_anchor_nobody_says_that_nothing_is_missing(database: Path) -> None:
    said = run("audit", "verify", "-d", database)
    (database.parent / "fleet.db.audit-anchor").unlink()

    assert "whether some are missing at the end cannot be told" in broken(database)
    assert "1 to 4." in run("audit", "verify", "--head", head(said), "-d", database)


def test_a_backup_tells_its_head_and_a_restore_is_an_entry_that_anchors_anew(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copied = head(run("backup", copy, "-d", database))
    run("token", "create", "later", "--role", "viewer", "-d", database)
    given_up = head(run("audit", "verify", "-d", database))

    said = run("restore", copy, "--force", "-d", database)

    assert "1 to 5." in run("audit", "verify", "--head", copied, "-d", database)
    last = entries(database)[-1]
    assert (last["action"], last["subject_id"], last["part_id"]) == ("database.restore", "copy.db", given_up)
    assert head(said) == head(run("audit", "verify", "-d", database))
    [kept] = tmp_path.glob("fleet.db.before-restore-*Z")
    assert given_up in run("audit", "verify", "-d", kept), "its anchor went with it"


def test_a_server_anchors_what_it_has_written_when_it_stops(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}) as api:
            for number in range(3):
                good(api.post("/v1/agents", json={"name": f"agent {number}", "worktree": "/w"}))
            while_it_runs = run("audit", "verify", "-d", server.database)
        server.stop()

        assert "4 entries" in while_it_runs, "the first start and three agents"
        assert "Anchored at entry 4" in run("audit", "verify", "-d", server.database)


def test_a_server_leaves_a_wrong_anchor_alone_and_says_so(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}) as api:
            good(api.post("/v1/agents", json={"name": "Ada", "worktree": "/w"}))
        server.stop()
        tamper(server.database, set_back(1))
        before = (tmp_path / "fleet.db.audit-anchor").read_bytes()
        server.start()
        server.stop()

        assert (tmp_path / "fleet.db.audit-anchor").read_bytes() == before
        assert "the audit does not hold" in server.log
        assert "the anchor names entry 2" in broken(server.database)


def set_back(last: int) -> str:
    return (
        f"DELETE FROM audit WHERE seq > {last};"
        f"UPDATE audit_head SET seq = {last}, digest = (SELECT digest FROM audit WHERE seq = {last})"
    )


def test_a_secret_that_was_made_is_in_no_entry(database: Path) -> None:
    said: Any = fleet("token", "create", "secret", "--role", "viewer", "-d", database).stdout.strip()
    assert said.startswith("flt_")

    assert said not in "".join(str(tuple(row)) for row in entries(database))
