"""What daemons are asked by name, and their answers: each goes to whoever waits for it."""

from __future__ import annotations

import queue
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fleet.links import Link

Answers = queue.SimpleQueue[Any]


class Requests:
    """The requests of this process that are open, by host and id. Who is told None knows that the link is gone."""

    def __init__(self) -> None:
        self._open: dict[str, dict[str, tuple[Link, Answers]]] = defaultdict(dict)

    @contextmanager
    def open(self, link: Link, request_id: str) -> Iterator[Answers]:
        """Where the answers to `request_id` come in, as long as somebody waits for them."""
        answers: Answers = queue.SimpleQueue()
        self._open[link.agent_id][request_id] = (link, answers)
        if link.fd < 0:
            answers.put(None)
        try:
            yield answers
        finally:
            del self._open[link.agent_id][request_id]
            if not self._open[link.agent_id]:
                del self._open[link.agent_id]

    def answered(self, link: Link, said: Any) -> None:
        """A daemon's answer; one that nobody waits for any more has come too late."""
        waiting = self._open.get(link.agent_id, {}).get(said.id)
        if waiting is not None:
            waiting[1].put(said)

    def gone(self, link: Link) -> None:
        """Nothing comes from this link any more."""
        for asked, answers in list(self._open.get(link.agent_id, {}).values()):
            if asked is link:
                answers.put(None)
