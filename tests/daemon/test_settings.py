"""The host's own file: every mistake in it is named, with what to write instead."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from fleet.daemon import address, settings
from fleet.daemon.errors import Trouble


def load(tmp_path: Path, said: Any) -> settings.Settings:
    path = tmp_path / "daemon.json"
    path.write_text(said if isinstance(said, str) else json.dumps(said))
    return settings.load(path)


def test_an_address_is_enough(tmp_path: Path) -> None:
    found = load(tmp_path, {"url": "https://fleet.example.com/below/"})

    assert found.address == address.Address(True, "fleet.example.com", 443, "/below")
    assert (found.state, found.key_file) == (Path("/var/lib/fleet-daemon"), Path("/var/lib/fleet-daemon/key"))
    assert (found.read_roots, found.write_roots, found.run_folders) == ((Path("/var/log"),), (), ())
    assert (found.plaintext, found.ca_file) == (False, None)


def test_what_the_file_says_holds(tmp_path: Path) -> None:
    said = {
        "url": "http://10.0.0.1:5150",
        "plaintext": True,
        "state": "/s",
        "read_roots": ["/a", "/b"],
        "ca_file": "/c",
    }
    found = load(tmp_path, said)

    assert found.address == address.Address(False, "10.0.0.1", 5150, "")
    assert (found.key_file, found.read_roots, found.ca_file) == (Path("/s/key"), (Path("/a"), Path("/b")), Path("/c"))


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ([], "object"),
        ({}, '"url"'),
        ({"url": 7}, '"url"'),
        ({"url": "fleet.example.com"}, "https://"),
        ({"url": "ftp://fleet.example.com"}, "https://"),
        ({"url": "https://fleet.example.com:port"}, "address"),
        ({"url": "https://fleet.example.com:0"}, "https://"),
        ({"url": "https://me:secret@fleet.example.com"}, "never travel"),
        ({"url": "https://fleet.example.com/?key=secret"}, "never travel"),
        ({"url": "https://fleet.example.com/\r\nX: y"}, "characters"),
        ({"url": "http://fleet.example.com"}, "not encrypted"),
        ({"url": "http://127.0.0.1.example.com"}, "not encrypted"),
        ({"url": "https://f", "plaintext": "yes"}, '"plaintext"'),
        ({"url": "https://f", "state": "relative"}, '"state"'),
        ({"url": "https://f", "read_roots": "/var/log"}, "list"),
        ({"url": "https://f", "read_roots": ["/var/../etc"]}, '"read_roots"'),
        ({"url": "https://f", "key_file": "/a\0b"}, '"key_file"'),
        ({"url": "https://f", "urls": "x"}, 'no setting "urls"'),
    ],
)
def test_a_mistake_is_named_with_its_file_and_no_secret(tmp_path: Path, said: Any, word: str) -> None:
    with pytest.raises(Trouble) as caught:
        load(tmp_path, said)

    assert word in str(caught.value)
    assert str(tmp_path / "daemon.json") in str(caught.value)
    assert "secret@" not in str(caught.value)


def test_a_file_that_is_not_there_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="fleet-daemon enrol"):
        settings.load(tmp_path / "none.json")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "a.localhost"])
def test_without_tls_it_speaks_with_this_machine_only(host: str) -> None:
    assert not address.parse(f"http://{host}:1").secure


def test_the_daemons_page_has_every_setting_and_no_other() -> None:
    text = (Path(__file__).parents[2] / "docs" / "daemon.md").read_text()
    page = text.partition("## The host's own file")[2].partition("\n## ")[0]
    told = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)

    assert told == [field.name for field in fields(settings.Settings)]
