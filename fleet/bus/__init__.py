"""How processes wake each other after a commit.

The bus carries news `(seq, kind, subject)` only, never HTML and never a
payload: anybody who hears it reads the journal. It may lose or repeat news; the
journal does not. The URL's scheme chooses the class, imported on first use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast
from urllib.parse import urlsplit

CLASSES = {"memory": "fleet.bus.memory:MemoryBus"}


@dataclass(slots=True, frozen=True)
class News:
    """That something changed: the change's number in the journal, its kind, whom it is about."""

    seq: int
    kind: str
    subject: str


Listener = Callable[[Sequence[News]], None]


class Bus(Protocol):
    """What every bus does; one suite of tests runs against all of them."""

    def __init__(self, url: str) -> None:
        """Prepare for `url`; nothing is connected before the first call."""

    def publish(self, news: Sequence[News]) -> None:
        """Tell every listener of every process, this one included; never raises, never blocks long."""

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with all news from now on; returns what ends that.

        The listener runs in the publisher's thread or the bus's own: it must be
        quick and must not raise.
        """

    def close(self) -> None:
        """Let go of connections and listeners; safe to repeat."""


def connect(url: str) -> Bus:
    """The bus for `url`, such as `memory://`. Raises ValueError for a scheme that nobody serves."""
    scheme = urlsplit(url).scheme
    if scheme not in CLASSES:
        raise ValueError(f"bus: unknown scheme {scheme!r} in {url!r}; one of {', '.join(CLASSES)}")
    module, _, name = CLASSES[scheme].partition(":")
    return cast(Bus, getattr(import_module(module), name)(url))
