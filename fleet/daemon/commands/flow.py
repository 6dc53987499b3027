"""How far one stream of output has come on its way to the server."""

from __future__ import annotations

from collections import deque
from typing import Deque, Tuple


class Flow:
    """What the server has committed, what was sent, and what is under way; offsets of the stream."""

    def __init__(self) -> None:
        self.acknowledged = 0
        self.sent = 0
        self.under_way = 0
        self._pieces: Deque[Tuple[int, int]] = deque()

    def send(self, offset: int, size: int) -> None:
        """So many bytes at this offset go out."""
        self.sent = offset + size
        self.under_way += size
        self._pieces.append((self.sent, size))

    def want(self, offset: int, total: int) -> None:
        """The server has everything before `offset`. Less than it had: it lost some, and all from there is sent again."""
        offset = min(offset, total)
        if offset < self.acknowledged:
            self.restart(offset)
            return
        self.acknowledged = offset
        self.sent = max(self.sent, offset)
        while self._pieces and self._pieces[0][0] <= offset:
            self.under_way -= self._pieces.popleft()[1]
        if self._pieces:  # of one that is there in part the rest is under way
            end, size = self._pieces[0]
            rest = min(size, end - offset)
            self._pieces[0] = (end, rest)
            self.under_way -= size - rest

    def restart(self, offset: int) -> None:
        """Nothing is under way; go on from here."""
        self.acknowledged = self.sent = offset
        self.under_way = 0
        self._pieces.clear()
