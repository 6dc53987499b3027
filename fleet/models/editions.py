"""Optimistic edits: an ETag names the edition, `If-Match` refuses an edit of an older one (RFC 9110, 13.1.1)."""

from __future__ import annotations

import re
from typing import Protocol

from fleet.errors import Stale

# A list of entity tags (RFC 9110, 5.6.1 and 8.8.3); empty places in it count for nothing.
TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
LIST = re.compile(rf"[\s,]*{TAG}(?:\s*,[\s,]*{TAG})*[\s,]*")


class Edited(Protocol):
    """Anything with an edition."""

    @property
    def edition(self) -> int:
        """How often it was edited, counted from 1."""


def etag(record: Edited) -> str:
    """The strong entity tag of a record's edition, quotes included."""
    return f'"{record.edition}"'


def expect(record: Edited, if_match: str | None) -> None:
    """Raise Stale unless `if_match` (an `If-Match` header, or None for "any") names this edition.

    Tags are compared as strong ones: a weak one names none of ours.
    """
    if if_match is None or if_match.strip() == "*":
        return
    if etag(record) not in (re.findall(TAG, if_match) if LIST.fullmatch(if_match) else ()):
        raise Stale(
            "STALE_EDITION",
            "It was changed by somebody else since you read it; read it again and repeat the edit.",
            current=etag(record),
        )
