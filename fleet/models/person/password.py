"""Passwords: argon2id by argon2-cffi, and what a good one is.

Both verbs take a tenth of a second or more and 64 MiB: never on the event loop
(security.md 7).
"""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fleet.errors import Invalid

SHORTEST, LONGEST = 12, 256
# RFC 9106, section 4, the second recommendation, with one lane: a login must not take every core.
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


def hashed(password: str) -> str:
    """The argon2id hash to store."""
    return _hasher.hash(normal(password))


def normal(password: str) -> str:
    """A password whatever keyboard it was typed on: NFKC (NIST SP 800-63B-4, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def matches(stored: str | None, password: str) -> bool:
    """True when `password` is the one that was stored; as slow when there is none to compare with."""
    nobodys = _nobodys()  # asked for either way: its first time is slow
    against = nobodys if stored is None else stored
    # As it was typed, too: so it was hashed before it was normalised.
    typed = dict.fromkeys((normal(password), password))
    return any(verified(against, each) for each in typed) and stored is not None


def verified(stored: str, password: str) -> bool:
    """True when the hash is this very text's."""
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def require_good(password: str, email: str, name: str) -> None:
    """Raise Invalid unless `password` is long enough and not just a name (NIST SP 800-63B, 3.1.1)."""
    password = normal(password)
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid("WEAK_PASSWORD", f"A password has {SHORTEST} to {LONGEST} characters.", field="password")
    folded = password.casefold()
    if len(set(folded)) < 5 or folded in (email.casefold(), name.casefold()):
        raise Invalid("WEAK_PASSWORD", "This one is too easy to guess.", field="password")


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody's")
