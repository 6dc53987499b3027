"""Where a copy comes from and where it goes, as scp's users write it: `HOST:PATH`, a local path, or `-`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from fleet.shell.command import FAILED, USAGE, Failed

STANDARD = "-"


class Place(NamedTuple):
    """A path on a host, or with None for the host here."""

    host: str | None
    path: str

    @property
    def is_standard(self) -> bool:
        """True for standard input or output."""
        return self.host is None and self.path == STANDARD


def place(text: str) -> Place:
    """What stands before a colon is a host, unless a slash stands before that: `./a:b` is a local name."""
    host, colon, path = text.partition(":")
    return Place(host, path) if colon and host and "/" not in host else Place(None, text)


def local_target(dest: str, name: str) -> Path:
    """The local file that a copy becomes: in a folder it keeps its name. Raises Failed."""
    path = Path(dest)
    if not (dest and path.is_dir()):
        if dest.endswith("/") or not dest:
            raise Failed(f"There is no folder “{dest}”.", FAILED)
        return path
    if name in ("", ".", ".."):
        raise Failed("A folder is not copied: name a file.", USAGE)
    return path / name


def remote_target(dest: str, name: str) -> str:
    """The path on a host that a copy becomes; relative ones are in its upload folder. Raises Failed."""
    while dest.startswith("./"):
        dest = dest[2:]
    if dest not in ("", ".") and not dest.endswith("/"):
        return dest
    if name in ("", STANDARD):
        raise Failed("Say which name it gets: HOST:NAME.", USAGE)
    return f"{dest.removesuffix('.')}{name}"
