"""Whose page it is: told by the page and by the stream, so that the one notices when the other is somebody else's."""

from __future__ import annotations

from hashlib import sha256

from fleet.web.security.credentials import Identity


def who(identity: Identity) -> str:
    """An opaque name: the same for all sessions of one person, or of one token, in every process."""
    return sha256(f"viewer {identity.holder_id}".encode()).hexdigest()[:16]
