"""The anchor: the chain's head, written down outside of the database.

The chain alone cannot tell that its last entries are missing when the head
in the database was set back with them. A file beside the database remembers
a head; what it names must still be in the chain.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import Connection, select

from fleet import clock
from fleet.errors import FleetError
from fleet.models.audit.chain import Ends, Link, ends
from fleet.models.audit.record import AUDIT


class Broken(FleetError):
    """The audit is not what it was."""

    def __init__(self, why: str) -> None:
        super().__init__("AUDIT_BROKEN", why)


class Anchor(msgspec.Struct, frozen=True):
    """A head and when it was written down; `digest` in hex."""

    seq: int
    digest: str
    at: datetime

    @property
    def link(self) -> Link:
        """The place in the chain."""
        return Link(self.seq, bytes.fromhex(self.digest))


def path_of(database: Path) -> Path:
    """The anchor's file."""
    return database.with_name(f"{database.name}.audit-anchor")


def read(database: Path) -> Anchor | None:
    """The anchor, or None where there is no file. Raises Broken for a file that is none."""
    try:
        anchor = msgspec.json.decode(path_of(database).read_bytes(), type=Anchor)
        Link.parse(f"{anchor.seq}:{anchor.digest}")
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, FleetError) as error:
        raise Broken(f"The anchor {path_of(database)} cannot be read: {error}.") from error
    return anchor


def write(database: Path, head: Link) -> None:
    """Write the anchor so that at every moment there is a whole one, no matter who else writes it. Raises OSError."""
    path = path_of(database)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if os.geteuid() == 0:  # made by root, written by whom the server runs as
                owner = database.stat()
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            file.write(msgspec.json.encode(Anchor(head.seq, head.digest.hex(), clock.now())))
            file.flush()
            os.fsync(descriptor)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    with suppress(OSError):  # some file systems cannot
        os.fsync(folder)
    os.close(folder)


def require_in_chain(connection: Connection, link: Link, chain_ends: Ends, called: str) -> None:
    """Raise Broken unless `link` (`called` what it is to people) stands in the chain as it was."""
    if link.seq == chain_ends.floor.seq:
        there: bytes | None = chain_ends.floor.digest
    elif link.seq < chain_ends.floor.seq:
        raise Broken(f"Entry {link.seq}, which {called} names, was removed without being pruned.")
    elif link.seq > chain_ends.head.seq:
        raise Broken(
            f"Entries are missing at the end: {called} names entry {link.seq}, the last one is {chain_ends.head.seq}."
        )
    else:
        there = connection.execute(select(AUDIT.c.digest).where(AUDIT.c.seq == link.seq)).scalar()
    if there != link.digest:
        raise Broken(f"Entry {link.seq} is not the one that {called} names: its digest differs.")


def advance(connection: Connection, database: Path) -> Link | None:
    """The head to write down next, or None when the anchor names it already.

    Raises Broken when the present anchor is not in the chain: it is evidence
    then, and is left as it is.
    """
    chain_ends, before = ends(connection), read(database)
    if before is not None:
        require_in_chain(connection, before.link, chain_ends, "the anchor")
        if before.link == chain_ends.head:
            return None
    return chain_ends.head
