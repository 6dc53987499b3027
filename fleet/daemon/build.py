"""The one file that a host needs, made on the server: a zipapp (PEP 441) with everything in it.

Nothing of it runs on a host. The same sources give the same bytes, whenever and wherever it is made.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Dict, Iterator

import websockets

import fleet
from fleet.daemon.version import EMBEDDED
from fleet.version import version

# `env` finds Python on every system that has one; the unit and the start script name theirs themselves.
SHEBANG = b"#!/usr/bin/env python3\n"
# The oldest moment that a zip can say.
MOMENT = (1980, 1, 1, 0, 0, 0)
START = """import sys

if sys.version_info < (3, 9):
    sys.exit("fleet-daemon: Python 3.9 or newer is needed, this is %d.%d." % sys.version_info[:2])
from fleet.daemon.cli import main

sys.exit(main())
"""
# Below fleet/: what the daemon is made of, and what of it is for the server only.
OURS = ("__init__.py", "protocol.py", "masking.py", "masking", "daemon")
NOT_FOR_HOSTS = frozenset({"daemon/build.py", "daemon/installer.py"})
# Of websockets: its Sans-I/O client and what that imports. Neither what it has compiled nor its own ways of I/O.
THEIRS = (
    *("__init__", "client", "datastructures", "exceptions", "extensions/__init__", "extensions/base", "frames"),
    *("headers", "http11", "imports", "protocol", "streams", "typing", "uri", "utils", "version"),
)


@dataclass(frozen=True)
class Build:
    """A whole daemon: the file's bytes, and their hash in hexadecimal."""

    content: bytes
    sha256: str
    version: str


@lru_cache(maxsize=1)
def build() -> Build:
    """Of the sources that are installed now."""
    packed = io.BytesIO(SHEBANG)
    packed.seek(0, io.SEEK_END)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(contents().items()):
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    content = packed.getvalue()
    return Build(content, hashlib.sha256(content).hexdigest(), version())


def contents() -> Dict[str, bytes]:
    """Every file of the archive, by its name there."""
    root = Path(fleet.__file__).parent
    files = {f"fleet/{name}": (root / name).read_bytes() for name in _ours(root)}
    library = Path(websockets.__file__).parent
    files.update({f"websockets/{name}.py": (library / f"{name}.py").read_bytes() for name in THEIRS})
    files["websockets/LICENSE"] = _license()
    files[f"fleet/daemon/{EMBEDDED}"] = version().encode("ascii") + b"\n"
    files["__main__.py"] = START.encode("ascii")
    return files


def _ours(root: Path) -> Iterator[str]:
    for name in OURS:
        path = root / name
        found = [path] if path.is_file() else path.rglob("*.py")
        names = (each.relative_to(root).as_posix() for each in found)
        yield from (each for each in names if each not in NOT_FOR_HOSTS)


def _license() -> bytes:
    """The licence of websockets, which may be passed on together with it only."""
    for file in distribution("websockets").files or ():
        if file.name == "LICENSE":
            return Path(str(file.locate())).read_bytes()
    raise FileNotFoundError("websockets was installed without its licence")
