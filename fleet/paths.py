"""Where the files are that are not Python: beside `fleet/` in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def assets() -> Path:
    """The folder that holds templates/, static/ and migrations/."""
    inside = PACKAGE / "_assets"  # made when the wheel is built; a checkout never has it
    return inside if inside.is_dir() else PACKAGE.parent


def templates() -> Path:
    """The folder of the Jinja templates."""
    return assets() / "templates"


def static() -> Path:
    """The folder of the files that browsers get as they are."""
    return assets() / "static"


def migrations() -> Path:
    """The folder of alembic's env.py and versions/."""
    return assets() / "migrations"
