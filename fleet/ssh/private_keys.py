"""Private keys on this server that may be used for hosts: those in folders that were set, and no other path."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


class PrivateKeyRefused(ValueError):
    """Not a file in one of the folders, in words for who asked; it does not tell whether another path exists."""


def find_key(named: str, folders: Sequence[str]) -> Path:
    """The file of a key; `~` is this user's home, a mere name is looked for in the folders. Raises PrivateKeyRefused."""
    allowed = [Path(folder).expanduser().resolve() for folder in folders]
    typed = Path(named).expanduser()
    candidates = [typed] if typed.is_absolute() else [folder / typed for folder in allowed]
    for path in candidates:
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError):
            continue
        if any(real.is_relative_to(folder) for folder in allowed) and real.is_file() and os.access(real, os.R_OK):
            return real
    shown = ", ".join(map(str, folders))
    raise PrivateKeyRefused(f"There is no such key in {shown} (ssh_key_dirs).")
