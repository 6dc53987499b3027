"""A database opened by a command, beside a running server; and tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from fleet import logs
from fleet.app import create_app
from fleet.config import Settings
from fleet.config.database_trouble import why
from fleet.db import db, writer
from fleet.db.upkeep.upgrade import require_current
from fleet.errors import FleetError, StorageUnavailable
from fleet.shell import plain


@contextmanager
def database(settings: Settings) -> Iterator[None]:
    """The application's context for reading and writing. Raises when the database is of another version."""
    logs.set_up("warn", dev=True)
    require_current(settings)
    with create_app(settings).app_context():
        try:
            yield
        except StorageUnavailable as error:
            raise refused(settings, error) from error
        finally:
            writer().close()
            db.session.remove()
            db.engine.dispose()


def refused(settings: Settings, error: StorageUnavailable) -> FleetError:
    """A refusal of the database or its disk, with what helps against it."""
    path = settings.sqlite_path
    if path is None:
        return error
    return FleetError(error.code, f"{error.message.removesuffix('.')}: {why(path, OSError(error.message))}.")


def columns(lines: Sequence[tuple[str, ...]]) -> str:
    """Lines of cells, as wide as they must be; what people wrote in them is one line and acts on no terminal."""
    cells = [[plain.line(cell) for cell in line] for line in lines]
    widths = [max(plain.width(line[column]) for line in cells) for column in range(len(cells[0]))]
    return "\n".join(
        "  ".join(plain.pad(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )


def moment(at: datetime | None) -> str:
    """A time for a terminal."""
    return at.strftime("%Y-%m-%d %H:%M UTC") if at else "-"
