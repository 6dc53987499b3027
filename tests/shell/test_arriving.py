"""A file that is being written has its name once it is whole, and replaces nothing unasked."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from fleet.shell.arriving import Arriving
from fleet.shell.command import Failed


def write(path: Path, content: bytes, *, overwrite: bool = False) -> None:
    with Arriving(path, None, overwrite=overwrite) as arriving:
        arriving.write(content)
        arriving.finish()


def test_it_has_no_name_before_its_end_and_leaves_no_other(tmp_path: Path) -> None:
    with Arriving(tmp_path / "a", 0o640, overwrite=False) as arriving:
        arriving.write(b"one")
        assert not (tmp_path / "a").exists()
        arriving.finish()
        assert (tmp_path / "a").read_bytes() == b"one"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_what_is_there_is_found_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(Failed, match="--overwrite"):
        Arriving(tmp_path / "a", None, overwrite=False)
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("has_links", [True, False])
def test_what_comes_meanwhile_is_not_replaced_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    if not has_links:
        monkeypatch.setattr(os, "link", no_links)
    with Arriving(tmp_path / "a", None, overwrite=False) as arriving:
        arriving.write(b"new")
        (tmp_path / "a").write_bytes(b"another's")
        with pytest.raises(Failed, match="--overwrite"):
            arriving.finish()
    assert (tmp_path / "a").read_bytes() == b"another's"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_a_file_system_without_links_takes_files_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", no_links)
    write(tmp_path / "a", b"one")
    assert (tmp_path / "a").read_bytes() == b"one"


def no_links(*_: object) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted")


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    with Arriving(tmp_path / "a", None, overwrite=False) as arriving:
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, arriving._file.fileno())
        os.close(full)
        with pytest.raises(Failed, match="cannot be written: No space left on device"):
            arriving.write(b"x" * 100_000)
    assert list(tmp_path.iterdir()) == []
