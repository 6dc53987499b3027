"""How fast secrets are masked: access lines without any, with one in each tenth line, and what is made to be slow.

Beside it the same patterns are tried at each line, without looking for their
words first. All is counted in processor time of this one process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from fleet.masking import Masker
from fleet.masking.patterns import RULES
from tests.bench.report import Part, at_least

MEGABYTE = 1_000_000
PATTERNS_ONLY = "patterns only"
SPEED = "MB/s"
ACCESS = (
    b'10.0.0.%d - - [28/Nov/2026:06:25:24 +0000] "GET /v1/agents?limit=100&page_size=%d HTTP/1.1" 200 5316'
    b' "https://fleet.example.org/agents" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)'
    b' Chrome/139.0 Safari/537.36"\n'
)
SECRETS = (
    b"DATABASE_PASSWORD=correcthorse%d\n",
    b"> Authorization: Bearer abc.def-%d\n",
    b"connecting to postgresql://app:hunter%d@db/x\n",
    b'{"client_secret": "shhh-its-me-%d", "a": 1}\n',
)
HOSTILE = {
    "a line without an end": b"x",
    "`token` without an end": b"token",
    "`-----BEGIN ` without an end": b"-----BEGIN ",
    "`-u a:b` after curl": b"curl -u a:b ",
    "NUL": b"\0",
    "invalid UTF-8": b"\xff\xfe\xc3",
}


@dataclass(frozen=True)
class Plan:
    """How many bytes are masked, how often; in pieces of how many bytes."""

    size: int = 16 << 20
    runs: int = 5
    piece: int = 1 << 16


QUICK = Plan(size=2 << 20, runs=2)


def measure(plan: Plan) -> Part:
    """Mask each text, in turn with the other way."""
    part = Part("masking", "secrets masked in a stream, one process's time")
    clean, dirty = lines(plan.size, secrets=False), lines(plan.size, secrets=True)
    for _ in range(plan.runs):
        for subject, text in (("access lines", clean), ("each tenth line with a secret", dirty)):
            part.note(subject, SPEED, speed(text, lambda text: in_pieces(text, plan.piece)))
            sample = text[: plan.size // 16]
            part.note(subject, SPEED, speed(sample, by_patterns_only), PATTERNS_ONLY)
        part.note("access lines, one at a time", SPEED, speed(clean[: plan.size // 4], one_by_one))
        for subject, repeated in HOSTILE.items():
            text = repeated * (plan.size // 4 // len(repeated))
            part.note(subject, SPEED, speed(text, lambda text: in_pieces(text, plan.piece)))
    part.aim("access lines", SPEED, at_least(40, SPEED))
    return part


def lines(size: int, secrets: bool) -> bytes:
    """As many bytes of access lines, or a little more."""
    made: list[bytes] = []
    length = number = 0
    while length < size:
        secret = SECRETS[number // 10 % len(SECRETS)] if secrets and number % 10 == 0 else None
        made.append(secret % number if secret else ACCESS % (number % 250, number))
        length += len(made[-1])
        number += 1
    return b"".join(made)


def speed(text: bytes, masked: Callable[[bytes], int]) -> float:
    """Megabytes in a second of processor time."""
    began = time.process_time()
    assert masked(text) == len(text)
    return len(text) / (time.process_time() - began) / MEGABYTE


def in_pieces(text: bytes, piece: int) -> int:
    """Feed it piece by piece; returns how much came out."""
    masker = Masker()
    out = sum(len(masker.feed(text[at : at + piece])) for at in range(0, len(text), piece))
    return out + len(masker.flush())


def one_by_one(text: bytes) -> int:
    """Feed it line by line, as a program writes it that does not buffer."""
    masker = Masker()
    out = sum(len(masker.feed(line)) for line in text.splitlines(keepends=True))
    return out + len(masker.flush())


def by_patterns_only(text: bytes) -> int:
    """Try each pattern at each line."""
    out = 0
    for line in text.splitlines(keepends=True):
        lowered = line.lower()
        for rule in RULES:
            for match in rule.pattern.finditer(lowered if rule.any_case else line):
                match.span(match.lastindex or 0)
        out += len(line)
    return out
