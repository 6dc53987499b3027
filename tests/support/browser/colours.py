"""A PNG of at most 256 colours: what a picture of a page needs, at half the size."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST, FREQUENT = 256, 64
Colour = tuple[int, ...]


def reduced(picture: bytes) -> bytes:
    """The picture (8 bits per channel, without interlacing, as Chromium makes it) with a palette."""
    wide, tall, rows = decode(picture)
    count = Counter(colour for row in rows for colour in row)
    palette, nearest = chosen(count)
    lines = b"".join(b"\0" + bytes(nearest[colour] for colour in row) for row in rows)
    head = struct.pack(">IIBBBBB", wide, tall, 8, 3, 0, 0, 0)
    colours = b"".join(bytes(colour) for colour in palette)
    parts = ((b"IHDR", head), (b"PLTE", colours), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return SIGNATURE + b"".join(chunk(kind, body) for kind, body in parts)


def chosen(count: Counter[Colour]) -> tuple[list[Colour], dict[Colour, int]]:
    """A palette, and the place in it for each colour: the frequent ones, then the most different of the rest.

    Frequency alone would lose a green mark beside a thousand greys.
    """
    palette = [colour for colour, _ in count.most_common(FREQUENT)]
    near = {c: min((distance(p, c), n) for n, p in enumerate(palette)) for c in count}
    while len(palette) < MOST and (lost := max(near, key=lambda c: near[c][0] * count[c] ** 0.5)):
        if near[lost][0] == 0:
            break
        palette.append(lost)
        for colour, found in near.items():
            near[colour] = min(found, (distance(lost, colour), len(palette) - 1))
    return palette, {colour: place for colour, (_, place) in near.items()}


def distance(one: Colour, other: Colour) -> int:
    """How different two colours are."""
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def decode(picture: bytes) -> tuple[int, int, list[list[Colour]]]:
    """Width, height, and the colours of each row; transparency is dropped."""
    body = b""
    for kind, content in chunks(picture):
        if kind == b"IHDR":
            wide, tall, depth, sort, _, _, interlaced = struct.unpack(">IIBBBBB", content)
            assert (depth, interlaced) == (8, 0)
            assert sort in (2, 6)
        elif kind == b"IDAT":
            body += content
    step = 3 if sort == 2 else 4
    stride = wide * step + 1
    raw = zlib.decompress(body)
    above = bytearray(stride - 1)
    rows = []
    for top in range(0, tall * stride, stride):
        above = unfiltered(raw[top], bytearray(raw[top + 1 : top + stride]), above, step)
        rows.append([tuple(above[x : x + 3]) for x in range(0, stride - 1, step)])
    return wide, tall, rows


def unfiltered(kind: int, row: bytearray, above: bytearray, step: int) -> bytearray:
    """A row as it was before it was filtered (PNG specification, 9.2)."""
    for x in range(len(row)):
        left = row[x - step] if x >= step else 0
        up, corner = above[x], above[x - step] if x >= step else 0
        row[x] = (row[x] + (0, left, up, (left + up) // 2, paeth(left, up, corner))[kind]) & 255
    return row


def paeth(left: int, up: int, corner: int) -> int:
    """The neighbour that is nearest to what they foretell together (PNG specification, 9.4)."""
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))


def chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG: kind and content."""
    place = len(SIGNATURE)
    while place < len(picture):
        length, kind = struct.unpack(">I4s", picture[place : place + 8])
        yield kind, picture[place + 8 : place + 8 + length]
        place += length + 12


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk, with its length and its checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
