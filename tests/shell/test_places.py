"""Where a copy comes from and goes to is read as scp reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.shell.command import Failed
from fleet.shell.places import Place, local_target, place, remote_target


@pytest.mark.parametrize(
    ("text", "host", "path"),
    [
        ("web-01:/var/log/x", "web-01", "/var/log/x"),
        ("web-01:", "web-01", ""),
        ("web-01:a:b", "web-01", "a:b"),
        ("my web:x", "my web", "x"),
        ("./a:b", None, "./a:b"),
        ("/srv/a:b", None, "/srv/a:b"),
        ("dir/a:b", None, "dir/a:b"),
        (":x", None, ":x"),
        ("x", None, "x"),
        ("-", None, "-"),
    ],
)
def test_what_stands_before_a_colon_is_a_host_unless_a_slash_stands_before_it(
    text: str, host: str | None, path: str
) -> None:
    assert place(text) == Place(host, path)


def test_only_a_bare_hyphen_is_standard_input_or_output() -> None:
    assert place("-").is_standard
    assert not place("./-").is_standard
    assert not place("web-01:-").is_standard


@pytest.mark.parametrize(
    ("dest", "name", "path"),
    [
        ("", "a", "a"),
        (".", "a", "a"),
        ("./", "a", "a"),
        ("././b", "a", "b"),
        ("in/", "a", "in/a"),
        ("/srv/in/", "a", "/srv/in/a"),
        ("/srv/b", "a", "/srv/b"),
        (".hidden", "a", ".hidden"),
        ("x.", "a", "x."),
        ("-", "a", "-"),
        ("b", "-", "b"),
    ],
)
def test_a_path_on_a_host(dest: str, name: str, path: str) -> None:
    assert remote_target(dest, name) == path


@pytest.mark.parametrize(("dest", "name"), [("", "-"), ("in/", "-"), (".", "")])
def test_what_has_no_name_needs_one(dest: str, name: str) -> None:
    with pytest.raises(Failed, match="HOST:NAME"):
        remote_target(dest, name)


def test_a_local_path(tmp_path: Path) -> None:
    assert local_target(str(tmp_path), "a") == tmp_path / "a"
    assert local_target(f"{tmp_path}/", "a") == tmp_path / "a"
    assert local_target(str(tmp_path / "b"), "a") == tmp_path / "b"
    for dest in ("", f"{tmp_path}/none/"):
        with pytest.raises(Failed, match="There is no folder"):
            local_target(dest, "a")
    for name in ("", ".", ".."):
        with pytest.raises(Failed, match="name a file"):
            local_target(str(tmp_path), name)
