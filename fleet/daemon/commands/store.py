"""What the daemon keeps on disk: the journal, a folder for each command, the reserve."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import time
from collections import OrderedDict
from pathlib import Path
from typing import Dict, Iterable, List

from fleet.daemon.commands import begun, disk, faults, params, results
from fleet.daemon.commands.clock import Boot
from fleet.daemon.commands.command import STARTING, Command, restored
from fleet.daemon.commands.journal import COMPACT_AT, Journal, Record

log = logging.getLogger(__name__)
# Commands that were forgotten are remembered by their id, so that a late repetition starts nothing.
FORGOTTEN_MOST = 1000
# Seconds for which a daemon waits until the one before it is gone.
_PATIENCE = 2.0


class StateInUse(Exception):
    """Another daemon works in this folder."""


class Store:
    """Commands on disk. Whoever asks for a write knows afterwards that it outlives a power cut."""

    def __init__(self, state: Path, boot: Boot) -> None:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.state = state
        self.boot = boot
        self._lock = _lock(state / "lock")
        self._folders = state / "commands"
        self._folders.mkdir(mode=0o700, exist_ok=True)
        self._journal = Journal(state / "journal")
        self._reserve = disk.Reserve(state / "reserve")
        self._reserve.restore()
        self._compact_at = COMPACT_AT
        # The journal may hold texts of commands that are forgotten.
        self.texts = self._journal.size > 0
        self.forgotten: OrderedDict[str, None] = OrderedDict()

    def folder(self, command_id: str) -> Path:
        """Where a command's files are."""
        return self._folders / command_id

    def accept(self, command: Command) -> None:
        """Journal a new command, as one to be started if it says so. Raises OSError, and then it was not accepted."""
        if not self._reserve.restore():
            raise OSError(disk.FULL[0], "No space left on device")
        command.folder.mkdir(mode=0o700, exist_ok=True)
        try:
            self._journal.append(command.record())
            self.texts = True
        except OSError:
            disk.remove_folder(command.folder)
            raise

    def start(self, command: Command) -> None:
        """Journal that a waiting command is now started. Raises OSError, and then it must not be."""
        record = {"do": "starting", "id": command.id, "boot": self.boot.id}
        try:
            self._journal.append(record)
        except OSError:
            self._reserve.release()
            self._journal.append(record)
        command.starting_boot = self.boot.id
        command.state = STARTING

    def end(self, command: Command, result: results.Result) -> results.Result:
        """Write down the end of a command that has no runner; gives it as it was written. Raises OSError."""
        command.folder.mkdir(mode=0o700, exist_ok=True)
        try:
            return results.write(command.folder, result, self.boot.id)
        except OSError:
            self._reserve.release()
            return results.write(command.folder, result, self.boot.id)

    def forget(self, command: Command) -> None:
        """Drop all that is known of an ended command, but that it was there. Raises OSError."""
        record = {"do": "forgotten", "id": command.id}
        try:
            self._journal.append(record, durable=False)
        except OSError:
            self._reserve.release()
            self._journal.append(record, durable=False)
        faults.point("forget-before-removal")
        self._forgotten(command.id)
        command.put_away()
        disk.remove_folder(command.folder)

    def _forgotten(self, command_id: str) -> None:
        self.forgotten[command_id] = None
        while len(self.forgotten) > FORGOTTEN_MOST:
            self.forgotten.popitem(last=False)

    def release_reserve(self) -> None:
        """Make room for what was begun."""
        self._reserve.release()

    def compact(self, commands: Iterable[Command], *, now: bool = False) -> None:
        """Leave the texts of what has been forgotten out of the journal, when it is large, or `now`."""
        if self._journal.size < self._compact_at and not now:
            return
        forgotten: List[Record] = [{"do": "forgotten", "id": command_id} for command_id in self.forgotten]
        try:
            self._journal.rewrite(forgotten + [command.record() for command in commands])
        except OSError as error:
            log.warning("The journal could not be written anew, and goes on as it is: %s", error)
        # What lives may be large by itself: writing it anew each time would cost with the square of it.
        self._compact_at = max(COMPACT_AT, 2 * self._journal.size)

    def clear(self) -> None:
        """No command is left: let no text of one be left in the journal."""
        if self.texts:
            self.texts = False
            self.compact((), now=True)

    def load(self) -> List[Command]:
        """Every command that is not forgotten, in order; what has no record but a folder is taken up or cleared away."""
        commands: Dict[str, Command] = {}
        for record in self._journal.replay():
            command_id = str(record.get("id", ""))
            if record.get("do") == "accepted":
                commands[command_id] = restored(record, self.folder(command_id))
            elif record.get("do") == "starting" and command_id in commands:
                commands[command_id].starting_boot = record["boot"]
            elif record.get("do") == "forgotten":
                commands.pop(command_id, None)
                self._forgotten(command_id)
        for folder in self._folders.iterdir():
            if folder.name not in commands:
                self._without_record(folder, commands)
        self._into_this_boot(commands)
        return sorted(commands.values(), key=lambda command: command.seq)

    def _into_this_boot(self, commands: Dict[str, Command]) -> None:
        """Nobody knows for how long the machine was down: the life of what waits begins anew, once."""
        strangers = [command for command in commands.values() if command.boot != self.boot.id]
        for command in strangers:
            command.boot, command.at = self.boot.id, self.boot.now()
        if strangers:
            self.compact(commands.values(), now=True)

    def _without_record(self, folder: Path, commands: Dict[str, Command]) -> None:
        """A forgotten one whose folder was not yet removed, or one whose record was damaged."""
        made = begun.look(folder)
        if folder.name in self.forgotten or (made is None and results.read(folder) is None):
            disk.remove_folder(folder)
        elif params.ID.fullmatch(folder.name):
            log.error("Command %s has no record in the journal; what its folder says is taken.", folder.name)
            command = Command(folder.name, 0, folder, None)
            command.starting_boot = made.boot if made else self.boot.id
            commands[folder.name] = command

    @property
    def known_boot(self) -> bool:
        """True when the server has welcomed a daemon of this folder in this boot: no copied disk's first start."""
        try:
            return (self.state / "boot").read_text() == self.boot.id
        except OSError:
            return False

    def note_boot(self) -> None:
        """The server has welcomed this daemon. That it is forgotten costs a wait for the next welcome, no more."""
        if not self.known_boot:
            with contextlib.suppress(OSError):
                (self.state / "boot").write_text(self.boot.id)

    def close(self) -> None:
        """Give files and lock back."""
        self._journal.close()
        os.close(self._lock)


def _lock(path: Path) -> int:
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + _PATIENCE
    while True:
        with contextlib.suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return fd
        if time.monotonic() > until:
            os.close(fd)
            raise StateInUse(f"another daemon works in {path.parent}")
        time.sleep(0.05)
