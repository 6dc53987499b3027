"""Settings: where values come from, and what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from fleet.config import ConfigError, load, specs
from fleet.config.database_file import DatabaseUnusable
from fleet.config.shown import shown


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment with an empty home directory."""
    return {"HOME": str(tmp_path)}


def write_default_file(home: dict[str, str], text: str) -> Path:
    path = Path(home["HOME"]) / ".agent-fleet.yaml"
    path.write_text(text)
    return path


def test_the_documented_defaults_hold(home: dict[str, str]) -> None:
    settings = load({}, home)

    assert (settings.database, settings.host, settings.port) == ("./agent-fleet.db", "localhost", 8080)
    assert (settings.log_level, settings.dev) == ("info", False)
    assert all(settings.source(name) == "default" for name in specs())


def test_a_flag_wins_over_environment_and_file(home: dict[str, str]) -> None:
    path = write_default_file(home, "port: 1001\nhost: 10.0.0.1\nlog-level: warn\n")
    environ = home | {"PORT": "1002", "FLEET_HOST": "10.0.0.2"}

    settings = load({"port": "1003", "host": None}, environ)

    assert (settings.port, settings.source("port")) == (1003, "flag")
    assert (settings.host, settings.source("host")) == ("10.0.0.2", "environment FLEET_HOST")
    assert (settings.log_level, settings.source("log_level")) == ("warn", f"file {path}")


def test_fleets_own_variable_wins_over_the_documented_one(home: dict[str, str]) -> None:
    settings = load({}, home | {"PORT": "1", "FLEET_PORT": "2"})

    assert (settings.port, settings.source("port")) == (2, "environment FLEET_PORT")


def test_an_empty_variable_counts_as_none(home: dict[str, str]) -> None:
    assert load({}, home | {"FLEET_PORT": "", "PORT": "9"}).port == 9


def test_a_named_file_is_read_instead_of_the_one_in_the_home_directory(home: dict[str, str], tmp_path: Path) -> None:
    write_default_file(home, "port: 1")
    named = tmp_path / "named.yaml"
    named.write_text("port: '2'")

    assert load({}, home, named).port == 2
    assert load({}, home | {"FLEET_CONFIG": str(named)}).port == 2


def test_a_named_file_that_is_missing_is_an_error(home: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"/nowhere/fleet.yaml does not exist"):
        load({}, home, "/nowhere/fleet.yaml")


@pytest.mark.parametrize("content", ["- port", "port: [", "\x00"])
def test_a_file_that_is_not_a_mapping_is_an_error_that_names_it(home: dict[str, str], content: str) -> None:
    path = write_default_file(home, content)

    with pytest.raises(ConfigError, match=str(path)):
        load({}, home)


def test_an_unknown_key_is_an_error_with_the_nearest_name(home: dict[str, str]) -> None:
    path = write_default_file(home, "databse: x.db")

    with pytest.raises(ConfigError) as raised:
        load({}, home)

    assert raised.value.message == f"There is no setting 'databse' (file {path}). Did you mean database?"


def test_an_unknown_variable_of_fleets_is_an_error_with_the_nearest_name(home: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"FLEET_LOGLEVEL\. Did you mean FLEET_LOG_LEVEL\?"):
        load({}, home | {"FLEET_LOGLEVEL": "debug"})


def test_the_variables_of_clients_are_left_alone(home: dict[str, str]) -> None:
    load({}, home | {"FLEET_TOKEN": "secret", "FLEET_URL": "http://localhost:8080"})


def test_every_problem_is_named_at_once(home: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as raised:
        load({"port": "99999"}, home | {"LOG_LEVEL": "loud", "FLEET_X": "1"})

    variable, level, port = raised.value.message.splitlines()
    assert variable == "There is no setting for the environment variable FLEET_X."
    assert level.startswith("log_level cannot be 'loud' (environment LOG_LEVEL); allowed: one of trace, ")
    assert port == "port cannot be '99999' (flag); allowed: a whole number from 0 to 65535."


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("port", "-1"),
        ("port", "80.5"),
        ("port", True),
        ("host", "a:80"),
        ("host", "http://a"),
        ("database", ""),
        ("database", "sqlite://"),
        ("database", "sqlite:///:memory:"),
        ("database", ":memory:"),
        ("database", "oracle://x"),
        ("bus", "memory"),
        ("bus", "carrier-pigeon://"),
        ("public_url", "fleet.example.com"),
        ("public_url", "https://fleet.example.com/path"),
        ("base_path", "/a b"),
        ("allowed_origins", "*"),
        ("allowed_hosts", "a.example, https://b.example"),
        ("trusted_proxies", "proxy.example"),
        ("heartbeat_ttl", "0"),
        ("heartbeat_ttl", "soon"),
        ("max_body", "1 mile"),
        ("dev", "perhaps"),
    ],
)
def test_what_a_setting_cannot_be_is_refused_by_its_name(home: dict[str, str], name: str, raw: object) -> None:
    with pytest.raises(ConfigError, match=rf"^{name} cannot be "):
        load({name: raw}, home)


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("heartbeat_ttl", "2m", 120),
        ("journal_keep", "1d", 86400),
        ("max_body", "2MiB", 2 * 1024**2),
        ("base_path", "fleet/", "/fleet"),
        ("public_url", "https://Fleet.example.com/", "https://fleet.example.com"),
        ("allowed_hosts", "a.example, b.example", ("a.example", "b.example")),
        ("allowed_hosts", ["a.example"], ("a.example",)),
        ("trusted_proxies", "10.0.0.1,fd00::/8", ("10.0.0.1", "fd00::/8")),
        ("log_level", "WARNING", "warn"),
        ("dev", "yes", True),
    ],
)
def test_values_are_taken_as_people_write_them(home: dict[str, str], name: str, raw: object, value: object) -> None:
    assert getattr(load({name: raw}, home), name) == value


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "::1", "[::1]"])
def test_development_mode_listens_on_loopback(home: dict[str, str], host: str) -> None:
    assert load({"dev": True, "host": host}, home).dev


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "localhost.example.com"])
def test_development_mode_refuses_every_other_host_and_says_why(home: dict[str, str], host: str) -> None:
    with pytest.raises(ConfigError, match=r"a token works that everybody knows"):
        load({"dev": True, "host": host}, home)


@pytest.mark.parametrize("database", ["fleet.db", "sqlite:///fleet.db"])
def test_a_relative_database_belongs_to_the_working_directory(
    home: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.chdir(tmp_path)

    settings = load({"database": database}, home)

    assert settings.sqlite_path == tmp_path / "fleet.db"
    assert settings.database_url == f"sqlite:///{tmp_path}/fleet.db"


def test_a_database_is_the_file_that_its_links_lead_to(home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "folder").symlink_to(tmp_path / "data")
    (tmp_path / "link.db").symlink_to(tmp_path / "folder" / "fleet.db")

    for typed in ("link.db", "folder/fleet.db", "data/../data/fleet.db"):
        assert load({"database": f"{tmp_path}/{typed}"}, home).sqlite_path == tmp_path / "data" / "fleet.db"
        assert load({"database": f"sqlite:///{tmp_path}/{typed}"}, home).database_shown == f"{tmp_path}/data/fleet.db"


def test_a_database_is_found_once(home: dict[str, str], tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "one.db")
    settings = load({"database": str(link)}, home)
    assert settings.sqlite_path == tmp_path / "one.db"
    link.unlink()

    link.symlink_to(tmp_path / "two.db")

    assert settings.sqlite_path == tmp_path / "one.db"
    assert settings.on_port(9000).sqlite_path == tmp_path / "one.db"


@pytest.mark.parametrize("name", ["a%41.db", "a#b.db", "a b.db", "ä.db"])
def test_the_name_of_a_database_is_taken_as_it_is_written(home: dict[str, str], tmp_path: Path, name: str) -> None:
    settings = load({"database": str(tmp_path / name)}, home)

    create_engine(settings.database_url).connect().close()

    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("database", ["circle.db", "~nobody-of-this-name/fleet.db"])
def test_a_database_that_leads_nowhere_is_refused_in_words(
    home: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "circle.db").symlink_to("circle.db")

    with pytest.raises(DatabaseUnusable, match=r"cannot be used: .*; name another file with --database\."):
        assert load({"database": database}, home).sqlite_path


def test_the_url_is_what_people_open(home: dict[str, str]) -> None:
    assert load({}, home).url == "http://localhost:8080"
    assert load({"host": "::1", "port": 1, "base_path": "x"}, home).url == "http://[::1]:1/x"
    assert load({"public_url": "https://a.example"}, home).url == "https://a.example"


def test_every_setting_says_why_it_exists_and_accepts_its_own_default() -> None:
    for name, spec in specs().items():
        assert spec.reason, name
        assert spec.parse(spec.default) == spec.default, name


def test_settings_load_without_flask_or_sqlalchemy() -> None:
    code = "import fleet.cli, sys; print({'flask', 'sqlalchemy', 'gevent', 'gunicorn'} & set(sys.modules))"

    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )

    assert answer.stdout.strip() == "set()"


@pytest.mark.parametrize(
    "url",
    [
        "smtp.example.com",
        "http://example.com",
        "smtp://",
        "smtp://host:0",
        "smtp://host:x",
        "smtp://host/path",
        "smtp://host?tls",
        "smtp://user:secret@example.com",
        "smtp://user:sec/ret@example.com?starttls",
    ],
)
def test_a_mail_server_that_cannot_be_one_is_refused_without_repeating_its_password(
    home: dict[str, str], url: str
) -> None:
    with pytest.raises(ConfigError, match="smtp_url cannot be") as refusal:
        load({"smtp_url": url, "smtp_from": "fleet@example.com"}, home)
    assert "sec" not in refusal.value.message


@pytest.mark.parametrize(
    "url",
    [
        "smtp://mail:25",
        "smtps://user:p%40ss@mail.example.com",
        "smtp://user:p@mail.example.com:587?starttls",
        "smtp://user:p@127.0.0.1:2525",
    ],
)
def test_a_mail_server_is_shown_without_its_password(home: dict[str, str], url: str) -> None:
    settings = load({"smtp_url": url, "smtp_from": "Fleet <fleet@example.com>"}, home)

    assert settings.smtp_url == url
    assert ":p" not in shown(settings, "smtp_url").removeprefix("smtp")


def test_a_mail_server_needs_a_sender(home: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="needs smtp_from"):
        load({"smtp_url": "smtp://mail"}, home)
    for wrong in ("fleet", "a@b\r\nBcc: c@d", "a@b c@d"):
        with pytest.raises(ConfigError, match="smtp_from cannot be"):
            load({"smtp_from": wrong}, home)


def test_targets_are_names_addresses_and_networks(home: dict[str, str]) -> None:
    listed = load({"notice_targets": "Hooks.Internal, 10.0.0.0/8, ::1, 192.168.1.5"}, home).notice_targets

    assert listed == ("hooks.internal", "10.0.0.0/8", "::1", "192.168.1.5")
    for wrong in ("https://example.com", "10.0.0.1/8", "a b", "*"):
        with pytest.raises(ConfigError, match="notice_targets cannot be"):
            load({"notice_targets": wrong}, home)
