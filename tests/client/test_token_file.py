"""Tokens that commands find by themselves: their user's own, and for no other server."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from fleet.client import token_file


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def test_what_is_kept_is_found_by_its_user_only() -> None:
    at = token_file.keep("https://fleet.example.com", "fla_one")
    token_file.keep("https://other.example.com:8443/fleet/", "fla_two")

    assert token_file.found("https://fleet.example.com:443/") == "fla_one"
    assert token_file.found("https://other.example.com:8443/fleet") == "fla_two"
    assert at == token_file.path()
    assert stat.S_IMODE(at.stat().st_mode) == 0o600
    assert stat.S_IMODE(at.parent.stat().st_mode) == 0o700
    assert [each.name for each in at.parent.iterdir()] == [at.name]


@pytest.mark.parametrize(
    "url",
    [
        "http://fleet.example.com",
        "https://fleet.example.com:8443",
        "https://fleet.example.com/other",
        "https://example.com",
        "https://fleet.example.com.evil.example",
        "nonsense://",
        "https://x:y",
    ],
)
def test_a_token_goes_to_no_other_server(url: str) -> None:
    token_file.keep("https://fleet.example.com", "fla_one")
    assert token_file.found(url) == ""


def test_this_machine_has_several_names() -> None:
    token_file.keep("http://127.0.0.1:8080", "fla_one")
    for host in ("localhost", "127.0.0.1", "[::1]"):
        assert token_file.found(f"http://{host}:8080") == "fla_one"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"http://localhost:80": 7}', "\x00"])
def test_a_damaged_file_holds_nothing_and_is_put_right(text: str) -> None:
    token_file.path().parent.mkdir(parents=True)
    token_file.path().write_text(text)
    assert token_file.found("http://localhost") == ""
    token_file.keep("http://localhost", "fla_one")
    assert token_file.found("http://localhost") == "fla_one"
