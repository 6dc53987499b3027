"""A file that is taken has its place in one step, or leaves nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.daemon.files import temporary
from fleet.daemon.files.refused import EXISTS, Failed
from fleet.daemon.files.temporary import PREFIX, Temporary, sweep, write_all


@pytest.fixture(params=["nameless", "named"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "named":
        monkeypatch.setattr(temporary, "NAMELESS", 0)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield fd
    os.close(fd)


def written(folder: int, content: bytes = b"new") -> Temporary:
    made = Temporary(folder)
    write_all(made.fd, content)
    return made


def test_it_is_there_whole_and_nothing_besides(folder: int, tmp_path: Path) -> None:
    made = written(folder)
    made.place(folder, "file", 0o640, overwrite=False)
    made.discard()

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"new")]
    assert (tmp_path / "file").stat().st_mode & 0o7777 == 0o640


def test_what_is_there_stays_unless_it_may_be_replaced(folder: int, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    made = written(folder)
    with pytest.raises(Failed) as caught:
        made.place(folder, "file", None, overwrite=False)
    assert caught.value.code == EXISTS
    assert (tmp_path / "file").read_bytes() == b"old"
    made.place(folder, "file", None, overwrite=True)
    made.discard()

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"new")]


def test_what_is_let_go_leaves_nothing(folder: int, tmp_path: Path) -> None:
    made = written(folder)
    made.discard()
    made.discard()

    assert list(tmp_path.iterdir()) == []


def test_another_file_system_gets_a_copy_beside_the_place_first(folder: int, tmp_path: Path) -> None:
    shm = Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is one file system only")
    there = os.open(shm, os.O_RDONLY | os.O_DIRECTORY)
    made = written(there)
    os.close(there)
    made.place(folder, "file", None, overwrite=False)
    made.discard()

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"new")]


def test_what_a_killed_daemon_left_is_swept_and_nothing_else(folder: int, tmp_path: Path) -> None:
    for name in (f"{PREFIX}0123", "file"):
        (tmp_path / name).touch()
    sweep(folder)

    assert [path.name for path in tmp_path.iterdir()] == ["file"]
