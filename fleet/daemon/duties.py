"""Everything that a daemon does for its server, as the conversation sees it: each frame goes to whose it is."""

from __future__ import annotations

from typing import Any, Dict, FrozenSet, Optional, Protocol, Sequence, Tuple, Union

from fleet.daemon.conversation import Message, Work


class Duty(Protocol):
    """A part that takes frames of its own and has something to say for them."""

    FRAMES: FrozenSet[str]

    def take(self, frame: Dict[str, Any]) -> None:
        """A frame of FRAMES."""

    def outgoing(self) -> Optional[Union[Dict[str, Any], bytes]]:
        """The next message to send, None while there is none."""

    def disconnected(self) -> None:
        """Nobody waits for what was asked."""


class Duties:
    """The commands, and what else there is besides them."""

    def __init__(self, commands: Work, others: Sequence[Duty]) -> None:
        self._commands = commands
        self._others: Tuple[Duty, ...] = tuple(others)
        self._turn = 0

    def hello(self) -> Dict[str, Any]:
        """What the commands say: nothing else outlives a link."""
        return self._commands.hello()

    def welcomed(self, frame: Dict[str, Any]) -> None:
        """For the commands."""
        self._commands.welcomed(frame)

    def take(self, frame: Dict[str, Any]) -> None:
        """To whom it belongs; the commands otherwise."""
        for each in self._others:
            if frame["type"] in each.FRAMES:
                each.take(frame)
                return
        self._commands.take(frame)

    def outgoing(self) -> Optional[Message]:
        """The next message, of each in turn: much output of one keeps no answer of another waiting."""
        everybody: Tuple[Union[Work, Duty], ...] = (self._commands, *self._others)
        for _ in everybody:
            self._turn = (self._turn + 1) % len(everybody)
            message = everybody[self._turn].outgoing()
            if message is not None:
                return message
        return None

    def disconnected(self) -> None:
        """For everybody."""
        self._commands.disconnected()
        for each in self._others:
            each.disconnected()
