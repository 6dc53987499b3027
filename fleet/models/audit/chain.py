"""The chain: each entry's digest covers the entry and the digest before it, so none can go unseen.

What is hashed is SHA-256(previous digest, 32 bytes + the entry's JSON). That
JSON is what the export shows, `digest` aside: anybody can check it without Fleet.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from fleet.errors import FleetError
from fleet.models.audit.record import HEAD, Entry

canonical = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the chain: an entry's number and its digest."""

    seq: int
    digest: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.digest.hex()}"

    @classmethod
    def parse(cls, text: str) -> Link:
        """What `str` made. Raises FleetError for anything else."""
        seq, _, digest = text.strip().partition(":")
        if seq.isascii() and seq.isdigit() and len(seq) < 16 and len(digest) == 64:
            try:
                return cls(int(seq), bytes.fromhex(digest))
            except ValueError:
                pass
        raise FleetError("NOT_A_HEAD", "A head is an entry's number, a colon and its digest of 64 digits.")


@dataclass(frozen=True, slots=True)
class Ends:
    """Both ends of the chain: the last entry, and the last one that is gone by age."""

    head: Link
    floor: Link


def digest(before: bytes, entry: Entry) -> bytes:
    """The digest of an entry behind the one with the digest `before`."""
    return hashlib.sha256(before + canonical(entry)).digest()


def ends(connection: Connection) -> Ends:
    """Where the chain begins and ends, as the database has it."""
    row = connection.execute(select(HEAD)).one()
    return Ends(Link(row.seq, row.digest), Link(row.floor, row.floor_digest))


def entry_of(row: Row[Any]) -> Entry:
    """The entry that a row was made from."""
    values = {name: getattr(row, name) for name in Entry.__struct_fields__}
    return Entry(**values | {"fields": tuple(row.fields.split(",")) if row.fields else ()})
