"""Holds a masker to the masking of the whole: what comes out of it in pieces, and what of it should not have."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from fleet.masking import Masker


def whole(raw: bytes) -> bytes:
    """`raw`, masked in one go."""
    masker = Masker()
    return masker.feed(raw) + masker.flush()


def pieces(raw: bytes, cuts: Iterable[int]) -> list[bytes]:
    """`raw` cut at these places."""
    places = [0, *sorted(set(cuts)), len(raw)]
    return [raw[start:end] for start, end in itertools.pairwise(places)]


def in_pieces(masker: Masker, raw: bytes, cuts: Iterable[int], late: bool = True) -> bytes:
    """`raw`, masked in pieces; `late`: the owner's time runs out after each."""
    out = b""
    for piece in pieces(raw, cuts):
        out += masker.feed(piece)
        if late:
            out += masker.overdue()
    return out + masker.flush()


def leaked(raw: bytes, out: bytes) -> list[int]:
    """Where `out` shows what the masking of the whole hides; other bytes than those that came in are an error."""
    assert len(out) == len(raw)
    assert all(byte in (was, ord("*")) for was, byte in zip(raw, out, strict=True))
    return [at for at, byte in enumerate(whole(raw)) if byte == ord("*") and out[at] != byte]
