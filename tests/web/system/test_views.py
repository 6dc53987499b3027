"""The System page and its JSON: for administrators, with secrets masked."""

from __future__ import annotations

import stat
from pathlib import Path

import httpx

from fleet.config import Settings
from fleet.config.shown import holds_secret, shown, table
from tests.support.console import fleet
from tests.support.serving import Served


def test_it_tells_programs_how_fleet_is_doing(api: httpx.Client, server: Served) -> None:
    api.post("/v1/agents", json={"name": "one", "worktree": "/w"})

    told = api.get("/v1/system").json()

    assert told["database"]["path"] == str(server.database)
    assert {"agents", "changes"} <= {each["name"] for each in told["database"]["tables"]}
    assert told["journal"]["head"] >= 1
    assert told["streams"]["most"] == 10_000
    assert told["request"] == {"address": "127.0.0.1", "scheme": "http", "host": f"127.0.0.1:{server.port}"}
    [port] = [each for each in told["settings"] if each["name"] == "port"]
    assert (port["value"], port["source"]) == (server.port, "flag")
    assert port["reason"]


def test_the_last_backup_is_told(api: httpx.Client, server: Served, tmp_path: Path) -> None:
    assert fleet("backup", tmp_path / "copy.db", "-d", server.database).returncode == 0

    backup = api.get("/v1/system").json()["last_backup"]

    assert backup["file"] == str(tmp_path / "copy.db")
    assert backup["bytes"] == (tmp_path / "copy.db").stat().st_size
    note = server.database.with_name(f"{server.database.name}.last-backup")
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert str(tmp_path / "copy.db") in api.get("/system").text


def test_the_page_says_the_same(api: httpx.Client, server: Served) -> None:
    page = api.get("/system").text

    assert "<h1>System</h1>" in page
    assert str(server.database) in page
    assert "events_keep" in page


def test_passwords_in_addresses_are_masked() -> None:
    settings = Settings(bus="redis://fleet:hunter2@cache:6379/0")

    assert shown(settings, "bus") == "redis://fleet:***@cache:6379/0"
    assert holds_secret(settings, "bus")
    assert "hunter2" not in str(table(settings))
