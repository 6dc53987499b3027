"""Which files have changed since one last looked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fleet.changed_files import ChangedFiles
from tests.support.checkout import save


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    for name in ("one.py", "inner/two.py"):
        (tmp_path / name).write_text("A = 1\n")
    return tmp_path


def test_nothing_has_changed_at_first(files: Path) -> None:
    assert ChangedFiles(files).since_last_time() == set()


def test_each_change_is_told_once(files: Path) -> None:
    changed = ChangedFiles(files)
    (files / "one.py").write_text("A = 12\n")
    (files / "inner" / "new.py").write_text("")
    (files / "inner" / "two.py").unlink()

    assert changed.since_last_time() == {files / "one.py", files / "inner" / "new.py", files / "inner" / "two.py"}
    assert changed.since_last_time() == set()


def test_a_file_that_took_anothers_name_counts_though_its_time_and_size_are_the_same(files: Path) -> None:
    changed = ChangedFiles(files)
    before = (files / "one.py").stat()

    save(files / "one.py", "A = 2\n")
    os.utime(files / "one.py", ns=(before.st_atime_ns, before.st_mtime_ns))

    assert changed.since_last_time() == {files / "one.py"}


def test_other_names_hidden_files_and_compiled_ones_do_not_count(files: Path) -> None:
    changed = ChangedFiles(files, endings=(".py",))
    (files / "__pycache__").mkdir()
    (files / ".git").mkdir()
    for name in ("notes.txt", "one.py~", ".#one.py", "__pycache__/one.py", ".git/hook.py"):
        (files / name).write_text("")
    (files / ".#lock.py").symlink_to("nowhere")

    assert changed.since_last_time() == set()


def test_a_folder_may_be_missing_and_come_later(files: Path) -> None:
    changed = ChangedFiles(files / "later")
    (files / "later").mkdir()
    (files / "later" / "one.py").write_text("")

    assert changed.since_last_time() == {files / "later" / "one.py"}
