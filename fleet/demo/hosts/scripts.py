"""The words that a command's output is written in: what is printed, after which pause, in which stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

GREEN, RED, AMBER, BLUE, BOLD, DIM = ("\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[34m", "\x1b[1m", "\x1b[2m")
PLAIN = "\x1b[0m"
# What a shell answers for something that is there and cannot be run.
CANNOT_RUN = 126


@dataclass(frozen=True)
class Print:
    """A piece of output, `pause` story seconds after the one before."""

    text: str
    pause: float = 0.4
    stream: str = "stdout"


@dataclass(frozen=True)
class Script:
    """A command that is known here: what it prints, and its exit code.

    Its time limit is in seconds. After `canceled_after` story seconds whoever sent it cancels it.
    """

    command: str
    prints: tuple[Print, ...]
    exit_code: int = 0
    timeout: int = 60
    canceled_after: float | None = None


def at_once(text: str) -> tuple[Print, ...]:
    """All of it, in one piece."""
    return (Print(text),)


def line_by_line(text: str, pause: float, stream: str = "stdout") -> tuple[Print, ...]:
    """A line every `pause` story seconds."""
    return tuple(Print(line, pause, stream) for line in text.splitlines(keepends=True))


def bar(name: str, steps: int, pause: float, tail: str) -> tuple[Print, ...]:
    """A line that overwrites itself until it is full."""
    width = 24
    shares = [step / steps for step in range(1, steps + 1)]
    texts = [f"\r{name} [{'#' * int(share * width):<{width}}] {share:4.0%}" for share in shares]
    return (*(Print(text, pause) for text in texts), Print(f"{tail}\n", 0.1))


def joined(*parts: Sequence[Print]) -> tuple[Print, ...]:
    """One after the other."""
    return tuple(chain.from_iterable(parts))


def unknown(host: str) -> Script:
    """The answer to a command that is known to nobody here."""
    said = (
        f"{AMBER}{host} is a demo host:{PLAIN} it is simulated, so nothing was run.\n"
        "Add a host of your own on the page Add host, and this command runs there.\n"
    )
    return Script("", (Print(said, 0.2, "stderr"),), exit_code=CANNOT_RUN)
