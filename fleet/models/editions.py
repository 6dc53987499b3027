"""Optimistic edits: an ETag names the edition, `If-Match` refuses an edit of an older one (RFC 9110, 13.1.1)."""

from __future__ import annotations

from typing import Protocol

from fleet.errors import Stale


class Edited(Protocol):
    """Anything with an edition."""

    @property
    def edition(self) -> int:
        """How often it was edited, counted from 1."""


def etag(record: Edited) -> str:
    """The strong entity tag of a record's edition, quotes included."""
    return f'"{record.edition}"'


def expect(record: Edited, if_match: str | None) -> None:
    """Raise Stale unless `if_match` (an `If-Match` header, or None for "any") names this edition."""
    if if_match is None or if_match.strip() == "*":
        return
    named = {tag.strip() for tag in if_match.split(",")}
    if etag(record) not in named:
        raise Stale(
            "STALE_EDITION",
            "It was changed by somebody else since you read it; read it again and repeat the edit.",
            current=etag(record),
        )
