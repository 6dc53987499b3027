"""A copy of the checkout's own files, which a test may change as a developer changes the real ones."""

from __future__ import annotations

import shutil
from pathlib import Path

ORIGINAL = Path(__file__).parents[2]
EVERYTHING = ("fleet", "templates", "static", "migrations")


def copy_checkout(folder: Path, parts: tuple[str, ...] = EVERYTHING) -> Path:
    """Copy the files that a server is made of into `folder`; compiled ones too, since they are half of a start."""
    for part in parts:
        shutil.copytree(ORIGINAL / part, folder / part)
    return folder


def save(path: Path, text: str) -> None:
    """Write a file as careful editors do: whole, under another name first."""
    beside = path.with_name(f".{path.name}.saving")
    beside.write_text(text)
    beside.replace(path)


def change(path: Path, old: str, new: str) -> None:
    """Put `new` in the place of `old`, which must be there once."""
    before = path.read_text()
    assert before.count(old) == 1, f"{old!r} is {before.count(old)} times in {path}"
    save(path, before.replace(old, new))
