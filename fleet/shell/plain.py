"""What agents and people wrote, made harmless for a terminal (security.md 18)."""

from __future__ import annotations

import re
import unicodedata

# Control characters are shown as their pictures (ESC as ␛), so that nothing is hidden and nothing acts.
PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
# C1 controls (0x9B begins a sequence on some terminals), and what turns the direction of writing.
UNSEEN = [*range(0x80, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
HARMLESS = PICTURES | dict.fromkeys(UNSEEN, 0xFFFD) | {0x2028: 0x20, 0x2029: 0x20}
SURROGATES = re.compile("[\ud800-\udfff]")
SPACE = re.compile(r"[ \t\r\n]+")


def line(text: object) -> str:
    """`text` on one line: runs of white space are one space, control characters only pictures."""
    return harmless(SPACE.sub(" ", str(text)).strip())


def block(text: object) -> str:
    """`text` with its lines and tabs, otherwise as harmless as `line`."""
    lines = str(text).replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(harmless(part) for part in each.split("\t")) for each in lines)


def harmless(text: str) -> str:
    """`text` without anything that a terminal obeys."""
    return SURROGATES.sub("\ufffd", text).translate(HARMLESS)


def width(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return len(text) if text.isascii() else sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, most: int) -> str:
    """`text` in at most `most` columns; an ellipsis stands for what is missing."""
    if width(text) <= most:
        return text
    pieces, used = [], 0
    for character in text:
        used += _width(character)
        if used > most - 1:
            break
        pieces.append(character)
    return "".join(pieces).rstrip() + "…"


def pad(text: str, to: int, *, right: bool = False) -> str:
    """`text` filled with spaces to `to` columns, at its `right` side or else at its left."""
    space = " " * max(0, to - width(text))
    return space + text if right else text + space
