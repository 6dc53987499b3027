"""What `fleet doctor` finds, what it says against it, and when it exits with 1."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from fleet import clock
from fleet.config import Settings
from fleet.console import doctor
from fleet.console.doctor import database, engine, files, host, mail, network
from fleet.console.doctor.finding import Finding
from fleet.db.sqlite import LOG_MOST
from fleet.db.upkeep.upgrade import upgrade
from tests.support.certificate import make_certificate
from tests.support.console import fleet
from tests.support.serving import Served, free_port


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(database=str(tmp_path / "fleet.db"), port=free_port())
    upgrade(made)
    return made


def levels(findings: Iterable[Finding]) -> set[str]:
    found = list(findings)
    assert all(finding.remedy for finding in found if finding.level in ("warning", "problem"))
    return {finding.level for finding in found}


def test_a_sound_installation_has_no_problem(settings: Settings) -> None:
    done = fleet("doctor", "-d", settings.sqlite_path, "-p", settings.port)

    assert done.returncode == 0, done.stdout
    assert "0 problems" in done.stdout


def test_it_knows_its_own_server(server: Served) -> None:
    told = json.loads(fleet("doctor", "--json", "-d", server.database, "-H", "127.0.0.1", "-p", server.port).stdout)

    found = {finding["check"]: finding["text"] for finding in told["findings"]}
    assert told["ok"] is True
    assert "serves" in found["port"]
    assert "Another Fleet process" in found["lock"]


def test_a_taken_port_is_a_problem_and_the_exit_code_says_so(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.port))
        other.listen()
        done = fleet("doctor", "-d", settings.sqlite_path, "-H", "127.0.0.1", "-p", settings.port)

    assert done.returncode == 1
    assert "PROBLEM  port" in done.stdout
    assert "-> Stop what listens there" in done.stdout


def test_a_database_that_others_can_read_is_a_problem(settings: Settings) -> None:
    assert settings.sqlite_path is not None
    assert levels(database.file(settings)) == {"ok"}
    settings.sqlite_path.chmod(0o644)
    assert levels(database.file(settings)) == {"problem"}


def test_a_write_ahead_log_that_does_not_shrink_is_a_warning(settings: Settings) -> None:
    assert levels(database.log(settings)) == set()
    log = Path(f"{settings.sqlite_path}-wal")
    log.write_bytes(b"")
    os.truncate(log, 2 * LOG_MOST)
    assert levels(database.log(settings)) == {"ok"}
    os.truncate(log, 2 * LOG_MOST + 1)
    assert levels(database.log(settings)) == {"warning"}


def test_a_damaged_or_newer_database_is_a_problem(settings: Settings) -> None:
    path = settings.sqlite_path
    assert path is not None
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'later'")
        connection.commit()
    assert levels(database.contents(settings)) == {"problem"}
    path.write_bytes(path.read_bytes()[:8192] + b"\xff" * 50_000)
    assert "problem" in levels(database.contents(settings))


def test_a_clock_behind_the_newest_change_is_a_problem(settings: Settings) -> None:
    assert levels(host.clock(settings)) <= {"ok", "warning"}
    later = (clock.now() + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
    with closing(sqlite3.connect(str(settings.sqlite_path))) as connection:
        connection.execute(
            "INSERT INTO changes (kind, noun, noun_id, action, data, at) VALUES ('k', 'n', 'i', 'a', '{}', ?)",
            (later,),
        )
        connection.commit()
    assert "problem" in levels(host.clock(settings))


@pytest.mark.parametrize(
    ("more", "level"),
    [
        ({}, "problem"),
        ({"host": "localhost"}, "ok"),
        ({"tls_cert": "/c", "tls_key": "/k"}, "ok"),
        ({"public_url": "https://fleet.example.com", "trusted_proxies": ("10.0.0.1",)}, "note"),
        ({"public_url": "https://fleet.example.com"}, "problem"),
    ],
)
def test_listening_beyond_this_machine_needs_encryption(more: dict[str, object], level: str) -> None:
    settings = Settings(**{"host": "0.0.0.0", **more})  # type: ignore[arg-type]  # a table of settings

    assert level in levels(network.exposure(settings))


def test_too_few_open_files_are_told_with_what_will_fit() -> None:
    [finding] = host.open_files(Settings(worker_connections=1_000_000))
    if finding.level == "ok":
        pytest.skip("a million open files are allowed here")
    assert "will fit" in finding.text


def test_a_configuration_with_a_password_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text("")
    settings = Settings(bus="redis://fleet:hunter2@cache/0", sources={"bus": f"file {path}"})

    for mode, level in ((0o600, "ok"), (0o644, "problem"), (0o622, "problem")):
        path.chmod(mode)
        assert levels(files.configuration(settings)) == {level}
    assert "hunter2" not in str(list(files.configuration(settings)))


def test_the_key_that_seals_is_its_owners_alone(tmp_path: Path) -> None:
    settings = Settings(database=str(tmp_path / "fleet.db"))
    path = tmp_path / "fleet.db.key"
    assert list(files.sealing_key(settings)) == []
    path.write_bytes(bytes(32))

    for mode, level in ((0o600, "ok"), (0o640, "problem")):
        path.chmod(mode)
        assert levels(files.sealing_key(settings)) == {level}
    path.chmod(0o600)
    path.write_bytes(b"short")
    assert levels(files.sealing_key(settings)) == {"problem"}


def test_a_mail_server_that_takes_nothing_is_told_with_what_it_said(settings: Settings) -> None:
    assert list(mail.mail(settings)) == []
    with closing(sqlite3.connect(str(settings.sqlite_path))) as connection:
        connection.execute(
            "INSERT INTO notices (id, kind, agent_name, cause, title, text, path, at)"
            " VALUES ('ntc_1', 'mail', '', 'try_1', 'Fleet cannot send mail', 'It refused the login (535).', '/system', 0)"
        )
        connection.commit()

    [found] = mail.mail(settings)
    assert (found.level, found.text) == ("warning", "It refused the login (535).")


def test_a_certificate_is_looked_at_before_anybody_else_does(tmp_path: Path) -> None:
    chain, key = make_certificate(tmp_path, days=90)
    settings = Settings(tls_cert=str(chain), tls_key=str(key))
    assert levels(files.certificate(settings)) == {"ok"}

    key.chmod(0o644)
    assert levels(files.certificate(settings)) == {"ok", "problem"}
    make_certificate(tmp_path, days=3)
    assert "warning" in levels(files.certificate(settings))
    subprocess.run(["truncate", "-s", "10", str(chain)], check=True)
    assert "problem" in levels(files.certificate(settings))


def test_docker_is_only_ever_a_note(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")

    assert levels(engine.docker(Settings())) == {"note"}


def test_a_check_that_fails_hides_no_other(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    def broken(_settings: Settings) -> Iterable[Finding]:
        raise ValueError("by surprise")

    monkeypatch.setattr(doctor, "CHECKS", (broken, host.processors))

    findings = doctor.examine(settings)
    assert doctor.has_problem(findings)
    assert "by surprise" in findings[0].text
    assert len(findings) == 2
