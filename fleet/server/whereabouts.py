"""Where the server that works on a database listens, for the commands beside it: they know its file, not its flags."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace

import msgspec

from fleet.config import Settings
from fleet.server.lock import DatabaseLock

MOST = 4096  # bytes of a lock file


class Whereabouts(msgspec.Struct, frozen=True):
    """The settings that make a server's address."""

    host: str
    port: int
    tls_cert: str
    base_path: str
    public_url: str


def note(lock: DatabaseLock | None, settings: Settings) -> None:
    """Write down, in the file of the lock that a server holds, where it listens."""
    descriptor = lock.descriptor if lock is not None else None
    if descriptor is None:
        return
    where = Whereabouts(settings.host, settings.port, settings.tls_cert, settings.base_path, settings.public_url)
    with suppress(OSError):  # as with who holds it
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode() + msgspec.json.encode(where) + b"\n", 0)


def as_served(settings: Settings) -> Settings:
    """The settings with the address of the server that works on the database now; as they are when none does.

    The lock itself is not asked: trying it would be in the way of a server that starts in that moment.
    """
    if settings.sqlite_path is None:
        return settings
    try:
        process, where, *_ = DatabaseLock(settings.sqlite_path).path.read_bytes()[:MOST].split(b"\n")
        found = msgspec.json.decode(where, type=Whereabouts)
        runs = alive(int(process))
    except (OSError, ValueError, msgspec.MsgspecError):
        return settings
    return replace(settings, **msgspec.structs.asdict(found)) if runs else settings


def alive(process: int) -> bool:
    """Whether there is a process of that number, be it another user's."""
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True
