"""What is sealed is opened with the key beside the database, for its own purpose, and by nothing else."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from fleet.sealing import Sealer, Unsealable, key_path


def test_what_is_sealed_is_opened_by_another_process_with_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "fleet.db.key"
    sealed = Sealer(path).seal(b"rm -rf /srv/old", "command cmd_1")

    assert b"srv" not in sealed
    assert Sealer(path).open(sealed, "command cmd_1") == b"rm -rf /srv/old"


def test_the_same_text_is_never_sealed_alike(tmp_path: Path) -> None:
    sealer = Sealer(tmp_path / "key")

    assert sealer.seal(b"text", "a") != sealer.seal(b"text", "a")


def test_the_key_is_for_its_owner_only_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "key"
    Sealer(path).seal(b"text", "a")
    key = path.read_bytes()
    Sealer(path).seal(b"text", "a")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == key
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize("change", ["purpose", "bytes", "key", "short"])
def test_nothing_else_opens_it(tmp_path: Path, change: str) -> None:
    sealer = Sealer(tmp_path / "key")
    sealed = sealer.seal(b"text", "command cmd_1")
    purpose = "command cmd_2" if change == "purpose" else "command cmd_1"
    if change == "bytes":
        sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    if change == "short":
        sealed = sealed[:5]
    if change == "key":
        sealer = Sealer(tmp_path / "another")

    with pytest.raises(Unsealable):
        sealer.open(sealed, purpose)


def test_a_file_that_is_no_key_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"short")

    with pytest.raises(OSError, match="not a key"):
        Sealer(path).seal(b"text", "a")
    assert path.read_bytes() == b"short"


def test_a_database_in_memory_has_its_key_there() -> None:
    assert key_path(None) is None
    sealer = Sealer(None)

    assert sealer.open(sealer.seal(b"text", "a"), "a") == b"text"
