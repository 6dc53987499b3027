"""A command comes: it is answered from the journal, refused in words, or written down and then accepted."""

from __future__ import annotations

import logging
from typing import Dict

from fleet.daemon.commands import disk, params
from fleet.daemon.commands.command import Command
from fleet.daemon.commands.limits import Limits
from fleet.daemon.commands.runs import Runs
from fleet.daemon.commands.sender import Frame, Sender
from fleet.daemon.commands.store import Store
from fleet.daemon.commands.waiting import Waiting

log = logging.getLogger(__name__)


class Intake:
    """Adds to `commands` what is accepted."""

    def __init__(
        self, commands: Dict[str, Command], store: Store, runs: Runs, waiting: Waiting, sender: Sender
    ) -> None:
        self._commands = commands
        self._store = store
        self._runs = runs
        self._waiting = waiting
        self._sender = sender
        self.limits = Limits()

    def take(self, command_id: str, frame: Frame) -> None:
        """A frame `command`; its id is one."""
        known = self._commands.get(command_id)
        if known is not None:
            self._answer_again(known)
        elif command_id in self._store.forgotten:
            self._refuse(command_id, "FORGOTTEN", "It has ended here, and its end was acknowledged.")
        elif len(self._commands) - len(self._runs.busy) >= self.limits.most:
            self._refuse(command_id, "TOO_MANY_COMMANDS", f"{self.limits.most:,} commands wait or have ended here.")
        else:
            self._accept(command_id, frame)

    def _answer_again(self, command: Command) -> None:
        """The journal answers; nothing is started."""
        self._sender.tell("accepted", command.id)
        if command.started:
            self._sender.tell("started", command.id)
            command.started_told = True
        command.end_told = False
        self._sender.poke(command)

    def _accept(self, command_id: str, frame: Frame) -> None:
        try:
            command = self._read(command_id, frame)
        except params.Bad as bad:
            self._refuse(command_id, "BAD_COMMAND", str(bad))
            return
        at_once = self._waiting.at_once
        command.starting_boot = self._store.boot.id if at_once else None
        try:
            self._store.accept(command)
        except OSError as error:
            full = error.errno in disk.FULL
            self._refuse(command_id, "DISK_FULL" if full else "DISK_FAILED", f"The host's disk: {error.strerror}")
            return
        self._commands[command_id] = command
        self._sender.tell("accepted", command_id)
        if at_once:
            self._runs.begin(command)
        else:
            self._waiting.add(command)
        self._store.compact(self._commands.values())

    def _read(self, command_id: str, frame: Frame) -> Command:
        """Raises params.Bad."""
        seq, expires_in = frame.get("seq"), frame.get("expires_in")
        if isinstance(seq, bool) or not isinstance(seq, int):
            raise params.Bad("seq: a whole number is needed")
        if isinstance(expires_in, bool) or not isinstance(expires_in, (int, float)) or not 0 < expires_in < 1e9:
            raise params.Bad("expires_in: a number of seconds is needed")
        checked = params.check(frame.get("params"))
        command = Command(command_id, seq, self._store.folder(command_id), checked)
        command.expires_in, command.boot = float(expires_in), self._store.boot.id
        command.at = self._store.boot.now()
        return command

    def _refuse(self, command_id: str, code: str, message: str) -> None:
        log.warning("Command %s is refused: %s", command_id, message)
        self._sender.tell("refused", command_id, code=code, message=message)
