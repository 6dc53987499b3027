"""A log that is written and rotated as programs do, and what a follower of it was told."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fleet.daemon.logs.file import FileSource
from fleet.daemon.roots import Roots

SECONDS = 20.0


class Followed:
    """A follower of a file, and everything that it was told; `begin` is its place before that."""

    def __init__(self, path: Path, lines: int = 0, cursor: str | None = None, once: bool = False) -> None:
        self.source = FileSource(Roots((path.parent,), ()), str(path), lines, cursor, once)
        self.told: list[dict[str, Any]] = []
        self.begin = ""

    def look(self) -> Followed:
        """What the daemon does again and again."""
        self.take()
        self.source.poll()
        return self.take()

    def take(self) -> Followed:
        while (some := self.source.read()) is not None:
            for told in map(json.loads, some.splitlines()):
                if told.get("mark") == "begin":
                    self.begin = told["cursor"]
                else:
                    self.told.append(told)
        return self

    @property
    def lines(self) -> list[str]:
        return [each["line"] for each in self.told if "line" in each]

    @property
    def notices(self) -> list[str]:
        return [each["notice"] for each in self.told if "notice" in each]

    @property
    def cursor(self) -> str:
        return str(self.told[-1]["cursor"])

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < end, "it did not come about"
            self.look()
            time.sleep(0.005)


def append(path: Path, text: str | bytes) -> None:
    with path.open("ab") as file:
        file.write(text.encode() if isinstance(text, str) else text)


def rename_and_create(path: Path) -> None:
    """What logrotate does by default."""
    for number in range(8, 0, -1):
        old = path.with_name(f"{path.name}.{number}")
        if old.exists():
            old.rename(path.with_name(f"{path.name}.{number + 1}"))
    path.rename(path.with_name(f"{path.name}.1"))
    path.touch()


def copy_and_truncate(path: Path) -> None:
    """Its copytruncate."""
    shutil.copy2(path, path.with_name(f"{path.name}.1"))
    os.truncate(path, 0)


def delete_and_create(path: Path) -> None:
    path.unlink()
    path.touch()


def numbered(start: int, end: int) -> str:
    return "".join(f"line {number}\n" for number in range(start, end))
