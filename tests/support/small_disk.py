"""A file system of its own with a few megabytes, to be filled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass
class SmallDisk:
    """The folder at which it is mounted."""

    folder: Path

    @property
    def ballast(self) -> Path:
        """The file that takes the room away."""
        return self.folder / "ballast"

    def fill(self) -> None:
        """Leave no room at all."""
        with self.ballast.open("ab", buffering=0) as file:
            try:
                while file.write(b"\0" * 4096):
                    pass
            except OSError:
                return

    def free(self) -> None:
        """Give the room back."""
        self.ballast.unlink(missing_ok=True)
