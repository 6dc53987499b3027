"""Agents that somebody waits for: who gave an enrolment key away learns whom it made, and with which key of its own."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


@dataclass(slots=True)
class Guest:
    """Who is to come with an enrolment key; `agent_id` and `key` are there once `came` is set."""

    came: threading.Event = field(default_factory=threading.Event)
    agent_id: str = ""
    key: str = ""


class Expected:
    """By the enrolment key's id; in memory only, since the agent's own key is stored nowhere."""

    def __init__(self) -> None:
        self._guests: dict[str, Guest] = {}

    def expect(self, key_id: str) -> Guest:
        """Wait for whoever enrols with this key; `forget` ends that."""
        return self._guests.setdefault(key_id, Guest())

    def came(self, key_id: str, agent_id: str, key: str) -> None:
        """An agent has enrolled."""
        guest = self._guests.get(key_id)
        if guest is not None:
            guest.agent_id, guest.key = agent_id, key
            guest.came.set()

    def forget(self, key_id: str) -> None:
        """Nobody waits any more."""
        self._guests.pop(key_id, None)
