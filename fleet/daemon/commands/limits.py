"""How much of what: the server's welcome may say otherwise for all but the last two."""

from __future__ import annotations

from typing import Mapping, NamedTuple

from fleet import protocol


class Limits(NamedTuple):
    """Bytes of each stream that are kept from its beginning and its end, and that are under way; numbers of commands."""

    head: int = protocol.HEAD_KEPT
    tail: int = protocol.TAIL_KEPT
    window: int = protocol.WINDOW
    at_once: int = protocol.AT_ONCE
    most: int = protocol.WAITING_MOST

    def welcomed(self, said: Mapping[str, object]) -> Limits:
        """As the server says; what is no size is passed over."""
        sizes = {name: said.get(name) for name in ("head", "tail", "window")}
        good = {
            name: size
            for name, size in sizes.items()
            if isinstance(size, int) and 1 <= size <= 1 << 40 and size is not True
        }
        return self._replace(**good)
