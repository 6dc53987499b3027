"""Names for new things: a prefix that says what it is, then chance or a hash."""

from __future__ import annotations

import hashlib
import secrets


def new_id(prefix: str) -> str:
    """A random id such as `task_9f2c51e07ab34d18` (64 bits)."""
    return f"{prefix}_{secrets.token_hex(8)}"


def heartbeat_hash(hostname: str, machine_address: str, repo_path: str) -> str:
    """Document 4's SHA-256 of `hostname:machine_address:repo_path`, in hex; ids take a prefix of it."""
    return hashlib.sha256(f"{hostname}:{machine_address}:{repo_path}".encode()).hexdigest()
