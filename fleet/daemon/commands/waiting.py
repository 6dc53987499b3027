"""Commands that wait for their turn: in the order in which they were queued (contract I4), until they expire."""

from __future__ import annotations

import logging
from typing import Callable, Dict, Optional

from fleet.daemon.commands import results
from fleet.daemon.commands.command import ENDED, WAITING, Command
from fleet.daemon.commands.limits import Limits
from fleet.daemon.commands.runs import Runs
from fleet.daemon.commands.store import Store
from fleet.daemon.loop import Loop, Timer

log = logging.getLogger(__name__)
# Seconds until what found no room is tried again, and the longest between two looks for commands that have expired:
# the loop's clock stands still while the machine sleeps, that of a command's life does not.
_AGAIN, _LOOK_EVERY = 1.0, 5.0


class Waiting:
    """The queue. `ended` is called for what ends in it."""

    def __init__(self, store: Store, runs: Runs, loop: Loop, ended: Callable[[Command], None]) -> None:
        self._store = store
        self._runs = runs
        self._loop = loop
        self._ended = ended
        self._commands: Dict[str, Command] = {}
        self._expiry: Optional[Timer] = None
        self._retry: Optional[Timer] = None
        self.limits = Limits()
        # Until all that ran before is taken up, and while it is being filled, nothing more is started.
        self._shut = True

    def __len__(self) -> int:
        return len(self._commands)

    @property
    def at_once(self) -> bool:
        """A command that comes now starts now."""
        return not self._commands and len(self._runs.busy) < self.limits.at_once

    def add(self, command: Command) -> None:
        """Let it wait."""
        command.state = WAITING
        self._commands[command.id] = command
        self._arm()

    def fill(self) -> None:
        """Start as many as may run, the first in order first."""
        if self._shut:
            return
        self._shut = True
        try:
            self._fill()
        finally:
            self._shut = False

    def open(self) -> None:
        """All that ran before is known: from now on what waits is started."""
        self._shut = False
        self.fill()

    def _fill(self) -> None:
        while self._retry is None and self._commands and len(self._runs.busy) < self.limits.at_once:
            command = min(self._commands.values(), key=lambda each: each.seq)
            if self._expired(command):
                if not self.end(command, "expired"):
                    return
                continue
            try:
                self._store.start(command)
            except OSError as error:
                log.error("Command %s cannot be journaled, and waits: %s", command.id, error)
                self._try_again()
                return
            del self._commands[command.id]
            self._runs.begin(command)

    def end(self, command: Command, state: str) -> bool:
        """It will never start: `expired` or `canceled`. False: that could not be written, and is tried again."""
        result = results.make(state, None, reason="it had not started")
        try:
            result = self._store.end(command, result)
        except OSError as error:
            log.error("The end of command %s cannot be written, and is tried again: %s", command.id, error)
            command.cancel_wanted = command.cancel_wanted or state == "canceled"
            self._try_again()
            return False
        del self._commands[command.id]
        command.state, command.result, command.params = ENDED, result, None
        self._ended(command)
        return True

    def _try_again(self) -> None:
        if self._retry is None:
            self._retry = self._loop.later(_AGAIN, self._once_more)

    def _once_more(self) -> None:
        self._retry = None
        for command in [each for each in self._commands.values() if each.cancel_wanted]:
            if command.id in self._commands and not self.end(command, "canceled"):
                return
        self._look()
        self.fill()

    def _remaining(self, command: Command) -> float:
        return command.at + command.expires_in - self._store.boot.now()

    def _expired(self, command: Command) -> bool:
        return self._remaining(command) <= 0

    def _arm(self) -> None:
        if self._expiry is None and self._commands:
            soonest = min(self._remaining(command) for command in self._commands.values())
            self._expiry = self._loop.later(min(_LOOK_EVERY, max(0.01, soonest)), self._look)

    def _look(self) -> None:
        self._expiry = None
        for command in [each for each in self._commands.values() if self._expired(each)]:
            # Each end lets others start, or expire.
            if command.id in self._commands and not self.end(command, "expired"):
                return
        self._arm()
