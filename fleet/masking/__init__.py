"""Secrets out of text: each is replaced by as many `*`, so that lengths and offsets hold (contract I8).

Standard library only, from Python 3.9 on: the server masks what agents report
before it reaches database, stream or page (security.md 21), and the daemon masks
output where it arises, with the same patterns.
"""

from __future__ import annotations

from fleet.masking.spans import stars
from fleet.masking.stream import Masker

__all__ = ["Masker", "mask", "stars"]


def mask(text: str) -> str:
    """`text` with every secret in it replaced by `*`, character for character."""
    raw = text.encode("utf-8", "surrogatepass")
    masker = Masker()
    return (masker.feed(raw) + masker.flush()).decode("utf-8", "surrogatepass")
