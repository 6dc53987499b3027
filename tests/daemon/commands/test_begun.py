"""Who makes `begun` starts the command: one, however many try at once (contract I2)."""

from __future__ import annotations

import os
import time
from pathlib import Path

from fleet.daemon.commands import begun


def contend(folder: Path, at: float) -> None:
    """In a child: try at a common moment; who wins says so, and lives until it is told to go."""
    while time.monotonic() < at:
        pass
    if begun.claim(folder, os.getpid(), "boot") is not None:
        (folder / f"won.{os.getpid()}").touch()
        while not (folder / "go").exists():
            time.sleep(0.01)
    os._exit(0)


def test_of_many_that_try_at_once_one_begins(tmp_path: Path) -> None:
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        at = time.monotonic() + 0.02
        children = []
        for _ in range(6):
            pid = os.fork()
            if not pid:
                contend(folder, at)
            children.append(pid)
        (folder / "go").touch()
        for pid in children:
            os.waitpid(pid, 0)
        (winner,) = folder.glob("won.*")
        assert begun.look(folder) == begun.Begun(int(winner.suffix[1:]), "boot", alive=False)
        assert not list(folder.glob("begun.*"))


def test_it_says_whether_its_maker_lives(tmp_path: Path) -> None:
    assert begun.look(tmp_path) is None
    fd = begun.claim(tmp_path, 77, "this boot")
    assert fd is not None
    assert begun.look(tmp_path) == begun.Begun(77, "this boot", alive=True)
    assert begun.claim(tmp_path, 78, "this boot") is None
    os.close(fd)
    assert begun.look(tmp_path) == begun.Begun(77, "this boot", alive=False)
