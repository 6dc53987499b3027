"""Sealing what must not be read at rest: a command's text until its host has it.

ChaCha20-Poly1305 (RFC 8439) under a key of its own file beside the database:
readable by its owner only, and not in backups, so that neither a copied
database nor a backup tells what hosts were told. A lost key means that what was
sealed with it can be opened no more; the command then ends as failed.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

NONCE = 12
KEY = 32
SUFFIX = ".key"


class Unsealable(Exception):
    """What was sealed cannot be opened: another key, another purpose, or changed bytes."""


class Sealer:
    """Seals and opens with the key in `path`, which is made when it is first needed; without a path, in memory."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._key: bytes | None = None

    def seal(self, text: bytes, purpose: str) -> bytes:
        """`text`, sealed for `purpose` only. Raises OSError when the key can neither be read nor made."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher().encrypt(nonce, text, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed for `purpose`. Raises Unsealable, and OSError as `seal`."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher().decrypt(sealed[:NONCE], sealed[NONCE:], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise Unsealable("The key beside the database is not the one that this was sealed with.") from error

    def _cipher(self) -> ChaCha20Poly1305:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        if self._key is None:
            self._key = secrets.token_bytes(KEY) if self._path is None else key_of(self._path)
        return ChaCha20Poly1305(self._key)


def key_of(path: Path) -> bytes:
    """The key in `path`; made, whole or not at all, when there is none. Raises OSError."""
    with suppress(FileNotFoundError):
        return read(path)
    made = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, secrets.token_bytes(KEY))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    with suppress(FileExistsError):
        os.link(made, path)  # whoever is first makes the key
    made.unlink()
    return read(path)


def read(path: Path) -> bytes:
    """The key in `path`. Raises OSError, also for a file that holds no key."""
    key = path.read_bytes()
    if len(key) != KEY:
        raise OSError(f"{path} is not a key of {KEY} bytes")
    return key


def key_path(database: Path | None) -> Path | None:
    """Where the key of a database's file lies."""
    return None if database is None else database.with_name(database.name + SUFFIX)
