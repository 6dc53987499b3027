"""Which daemon this is: its version, and the hash of the one file that it was shipped as."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from typing import Any, Optional

# Beside this module in the shipped file only: there no distribution is installed that could be asked.
EMBEDDED = "_version"


@lru_cache(maxsize=1)
def version() -> str:
    """Such as "0.1.0"; "0" when it runs from a folder that was never installed."""
    try:
        return _beside(EMBEDDED).decode("ascii").strip()
    except OSError:
        pass
    try:
        return installed("fleet-control")
    except PackageNotFoundError:
        return "0"


@lru_cache(maxsize=1)
def sha256() -> Optional[str]:
    """The hash of the file that runs, as it was when it was first asked for; None when it runs from a folder."""
    archive = getattr(_loader(), "archive", None)
    if archive is None:
        return None
    digest = hashlib.sha256()
    try:
        with open(archive, "rb") as file:  # noqa: PTH123  # zipimport names its file by a text
            for piece in iter(lambda: file.read(1 << 16), b""):
                digest.update(piece)
    except OSError:
        return None
    return digest.hexdigest()


def _loader() -> Any:
    spec = globals().get("__spec__")
    return getattr(spec, "loader", None)


def _beside(name: str) -> bytes:
    """The bytes of a file in this package. Raises OSError."""
    folder = __file__.rpartition("/")[0]
    content: bytes = _loader().get_data(f"{folder}/{name}")
    return content
