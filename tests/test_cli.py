"""The `fleet` command: document 1's flags, and what each command says."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fleet.cli import main
from fleet.version import version


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Runs commands in an empty working and home directory, without variables of ours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("PORT", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    return CliRunner()


def run(fleet: CliRunner, *arguments: str, exit_code: int = 0) -> Result:
    result = fleet.invoke(main, arguments)
    assert result.exit_code == exit_code, result.output
    return result


@pytest.mark.parametrize(
    "flags",
    [
        "--config",
        "-d, --database",
        "--dev",
        "-h, --help",
        "-H, --host",
        "-l, --log-level",
        "-p, --port",
    ],
)
def test_serve_has_the_documented_flags(fleet: CliRunner, flags: str) -> None:
    assert f"  {flags} " in run(fleet, "serve", "-h").output


def test_the_short_forms_are_the_documented_ones(fleet: CliRunner) -> None:
    output = run(fleet, "config", "--json", "-d", "x.db", "-H", "127.0.0.1", "-l", "debug", "-p", "9", "--dev").output

    shown = {name: setting["value"] for name, setting in json.loads(output).items()}
    assert (shown["database"], shown["host"], shown["port"]) == ("x.db", "127.0.0.1", 9)
    assert (shown["log_level"], shown["dev"]) == ("debug", True)


def test_config_says_where_each_value_came_from(fleet: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9")

    lines = run(fleet, "config", "--host", "127.0.0.1").output.splitlines()

    by_name = {line.split()[0]: line.split(maxsplit=2)[2] for line in lines}
    assert by_name["port"] == "environment PORT"
    assert by_name["host"] == "flag"
    assert by_name["heartbeat_ttl"] == "default"


def test_wrong_settings_end_with_code_2_and_no_stack_trace(fleet: CliRunner) -> None:
    output = run(fleet, "config", "--port", "x", exit_code=2).output

    assert output == "Error: port cannot be 'x' (flag); allowed: a whole number from 0 to 65535.\n"


def test_development_mode_beyond_loopback_is_refused_before_anything_happens(fleet: CliRunner, tmp_path: Path) -> None:
    output = run(fleet, "serve", "--dev", "--host", "0.0.0.0", exit_code=2).output

    assert "a token works that everybody knows" in output
    assert not list(tmp_path.iterdir())


def test_the_version_is_the_installed_one(fleet: CliRunner) -> None:
    assert run(fleet, "--version").output == f"fleet, version {version()}\n"


def test_the_module_is_the_command() -> None:
    answer = subprocess.run([sys.executable, "-m", "fleet", "--version"], capture_output=True, text=True, check=True)

    assert answer.stdout.startswith("fleet, version ")


def test_a_database_is_made_by_upgrade_and_shown_by_current(fleet: CliRunner) -> None:
    assert "no revision" in run(fleet, "db", "current").output
    assert "a new database" in run(fleet, "db", "upgrade").output
    assert "is up to date" in run(fleet, "db", "upgrade").output
    assert "up to date" in run(fleet, "db", "current").output


def test_a_token_is_made_listed_and_revoked(fleet: CliRunner) -> None:
    run(fleet, "db", "upgrade")

    made = run(fleet, "token", "create", "build server", "--role", "operator", "--expires-in", "30d")
    token_id = made.stderr.split()[1]
    listed = run(fleet, "token", "list").output

    assert made.stdout.startswith("flt_")
    assert token_id in listed
    assert "build server" in listed
    assert made.stdout.strip() not in listed
    run(fleet, "token", "revoke", token_id)
    assert "revoked" in run(fleet, "token", "list").output
    assert "Token not found" in run(fleet, "token", "revoke", token_id, exit_code=1).output


def test_tokens_need_an_upgraded_database_and_say_so(fleet: CliRunner) -> None:
    assert "fleet db upgrade" in run(fleet, "token", "list", exit_code=1).output


def test_a_file_that_is_no_database_is_an_error_in_words(fleet: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "agent-fleet.db").write_text("shopping list: eggs, flour, and so on " * 100)

    assert "file is not a database" in run(fleet, "db", "upgrade", exit_code=1).output


def test_a_database_of_a_newer_fleet_ends_with_code_4(fleet: CliRunner, tmp_path: Path) -> None:
    run(fleet, "db", "upgrade")
    with sqlite3.connect(tmp_path / "agent-fleet.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'fromthefuture'")
    connection.close()

    assert "fromthefuture" in run(fleet, "db", "upgrade", exit_code=4).output
