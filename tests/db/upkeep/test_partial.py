"""Files in the making have another name, and what killed processes leave of them does not stay."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fleet.db.upkeep.partial import partial, remove_leftovers

MAKE = """
import os, sys, pathlib
from fleet.db.upkeep.partial import partial
with partial(pathlib.Path(sys.argv[1]), ".copy.") as path:
    path.write_text("half")
    path.with_name(f"{path.name}-journal").write_text("")
    print(path.name, flush=True)
    sys.stdin.read()
"""


def test_it_is_private_and_gone_afterwards_unless_it_was_renamed(tmp_path: Path) -> None:
    with partial(tmp_path, ".copy.") as path:
        assert path.stat().st_mode & 0o777 == 0o600
    with partial(tmp_path, ".copy.") as path:
        path.rename(tmp_path / "copy")

    assert [each.name for each in tmp_path.iterdir()] == ["copy"]


def test_one_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), partial(tmp_path, ".copy."):
        raise OSError("full")

    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_goes_and_what_is_being_made_stays(tmp_path: Path) -> None:
    (tmp_path / ".copy.mine").write_text("no file in the making")
    (tmp_path / "x.copy.abcdefgh").write_text("another matter")
    command = [sys.executable, "-c", MAKE, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as making:
        assert making.stdout
        made = making.stdout.readline().strip()
        remove_leftovers(tmp_path, ".copy.")
        assert (tmp_path / made).read_text() == "half"
        making.kill()
        making.wait(20)

    with partial(tmp_path, ".copy."):
        pass

    assert {each.name for each in tmp_path.iterdir()} == {".copy.mine", "x.copy.abcdefgh"}
