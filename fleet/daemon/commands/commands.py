"""Everything of a command's life on the host; knows no network."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Union

from fleet.daemon.commands import params, recovery
from fleet.daemon.commands.clock import BOOT_ID, Boot
from fleet.daemon.commands.command import ENDED, RUNNING, Command
from fleet.daemon.commands.intake import Intake
from fleet.daemon.commands.limits import Limits
from fleet.daemon.commands.progress import STREAMS
from fleet.daemon.commands.runs import Runs
from fleet.daemon.commands.sender import Frame, Sender
from fleet.daemon.commands.starter import Starter
from fleet.daemon.commands.store import Store
from fleet.daemon.commands.waiting import Waiting
from fleet.daemon.commands.wake import Door
from fleet.daemon.loop import Loop, Timer

log = logging.getLogger(__name__)
# Seconds from the last forgotten command to a journal without its text, and until what found no room is tried again.
_CLEAR_AFTER, _AGAIN = 2.0, 1.0


class Commands:
    """Takes the server's frames about commands, and gives out those for the server.

    `say` is called whenever something to send may have come up. Raises
    StateInUse where another daemon works in the folder, and OSError.
    """

    def __init__(
        self,
        state: Path,
        loop: Loop,
        say: Callable[[], None],
        *,
        limits: Limits = Limits(),  # noqa: B008  # a tuple, which nobody can change
        boot_id: Path = BOOT_ID,
    ) -> None:
        # Before anything is opened that it should not have; its answers come when the loop runs.
        self._starter = Starter(loop, self._forked)
        try:
            self._store = Store(state, Boot(boot_id))
            self._door = Door(state / "wake")
        except BaseException:
            self._starter.close()
            raise
        self._loop = loop
        self._commands: Dict[str, Command] = {}
        self._runs = Runs(self._store, self._starter, loop, state / "wake", self._changed)
        self._waiting = Waiting(self._store, self._runs, loop, self._changed)
        self._sender = Sender(say, limits.window, self._store.boot.id)
        self._intake = Intake(self._commands, self._store, self._runs, self._waiting, self._sender)
        self._clearing: Optional[Timer] = None
        self._use(limits)
        loop.watch(self._door.fd, self._knocked)

    def _use(self, limits: Limits) -> None:
        self._limits = self._runs.limits = self._waiting.limits = self._intake.limits = limits
        self._sender.window = limits.window

    def recover(self) -> None:
        """Once, at the start: take up what runs, end what cannot, start what waits."""
        commands = self._store.load()
        self._commands.update((command.id, command) for command in commands)
        for command in commands:
            todo, end = recovery.decide(command, self._store.boot.id)
            if todo == recovery.WAIT:
                with contextlib.suppress(OSError):  # a runner that finds none is tried again
                    command.folder.mkdir(mode=0o700, exist_ok=True)
                self._waiting.add(command)
            elif todo == recovery.BEGIN:
                self._runs.begin(command)
            elif todo == recovery.TAKE_UP:
                self._runs.take_up(command)
            else:
                self._runs.bring_to_end(command, end)
        # In a new boot this may be a copy of the disk, and the other one does the same work: the welcome tells.
        if self._store.known_boot:
            self._waiting.open()
        self._clear_later()

    def hello(self) -> Dict[str, List[Any]]:
        """What the daemon's hello says of commands; from now on what changes is said by itself."""
        self._sender.reset(self._commands.values())
        self._sender.heard = True
        told: Dict[str, List[Any]] = {"waiting": [], "running": [], "ended": []}
        for command in self._commands.values():
            if command.state == ENDED:
                told["ended"].append(command.id)
            elif command.state == RUNNING:
                told["running"].append({"id": command.id, **command.totals()})
            else:
                told["waiting"].append(command.id)
            command.started_told = command.state in (RUNNING, ENDED)
        return told

    def welcomed(self, frame: Frame) -> None:
        """The server's welcome: limits, what it has already, what is to be canceled and what forgotten."""
        limits = frame.get("limits")
        if isinstance(limits, dict):
            self._use(self._limits.welcomed(limits))
        want = frame.get("want")
        for command_id, offsets in (want if isinstance(want, dict) else {}).items():
            self._want(str(command_id), offsets)
        for name, act in (("forget", self._forget), ("cancel", self._cancel)):
            ids = frame.get(name)
            for command_id in ids if isinstance(ids, list) else []:
                act(str(command_id))
        for command in self._commands.values():
            if command.state in (RUNNING, ENDED):
                self._sender.poke(command)
        self._store.note_boot()
        self._waiting.open()
        self._sender.open()

    def disconnected(self) -> None:
        """What was under way is to be sent again after the next welcome."""
        self._sender.reset(self._commands.values())
        for command in self._commands.values():
            command.put_away()

    def outgoing(self) -> Optional[Union[Frame, bytes]]:
        """The next message to send, or None."""
        return self._sender.outgoing()

    def take(self, frame: Frame) -> None:
        """A frame of the server: `command`, `cancel`, `want` or `forget`; others are passed over."""
        kind, command_id = frame.get("type"), frame.get("id")
        if not isinstance(command_id, str) or not params.ID.fullmatch(command_id):
            log.warning("A frame without the id of a command was passed over.")
        elif kind == "command":
            self._intake.take(command_id, frame)
        elif kind == "cancel":
            self._cancel(command_id)
        elif kind == "want":
            self._want(command_id, frame)
        elif kind == "forget":
            self._forget(command_id)

    def _cancel(self, command_id: str) -> None:
        command = self._commands.get(command_id)
        if command is None or command.state == ENDED:
            return
        if command_id in self._runs.busy:
            self._runs.cancel(command)
        else:
            self._waiting.end(command, "canceled")

    def _want(self, command_id: str, offsets: object) -> None:
        command = self._commands.get(command_id)
        if command is None or not isinstance(offsets, dict):
            return
        totals = command.totals()
        for stream in STREAMS:
            offset = offsets.get(stream)
            if isinstance(offset, int) and offset >= 0:
                command.flows[stream].want(offset, totals[stream])
        self._sender.poke(command)

    def _forget(self, command_id: str) -> None:
        """The server has the end. Of one that has not ended here it wants no end: it is canceled, and dropped then."""
        command = self._commands.get(command_id)
        if command is None:
            return
        if command.state != ENDED:
            command.forget_wanted = True
            self._cancel(command_id)
            return
        try:
            self._store.forget(command)
        except OSError as error:
            log.error("Command %s cannot be forgotten, and that is tried again: %s", command_id, error)
            self._loop.later(_AGAIN, lambda: self._forget(command_id))
            return
        self._sender.drop(command)
        self._commands.pop(command_id, None)
        self._store.compact(self._commands.values())
        self._clear_later()

    def _clear_later(self) -> None:
        """When nothing is left, the journal is to hold no text either; not for each command anew."""
        if self._store.texts and not self._commands and self._clearing is None:
            self._clearing = self._loop.later(_CLEAR_AFTER, self._clear)

    def _clear(self) -> None:
        self._clearing = None
        if not self._commands:
            self._store.clear()

    def _forked(self, command_id: str, runner: int, fd: Optional[int]) -> None:
        self._runs.answered(command_id, runner, fd)

    def _knocked(self, _: int) -> None:
        self._door.answer()
        self._runs.knocked()

    def _changed(self, command: Command) -> None:
        """It has started, or written, or ended."""
        if self._sender.heard and not command.started_told and command.started:
            command.started_told = True
            self._sender.tell("started", command.id)
        self._sender.poke(command)
        if command.state == ENDED:
            self._waiting.fill()
            if command.forget_wanted:
                self._forget(command.id)

    def close(self) -> None:
        """The daemon ends; commands go on without it."""
        self._loop.unwatch(self._door.fd)
        self._runs.close()
        self._starter.close()
        for command in self._commands.values():
            command.put_away()
        self._door.close()
        self._store.close()
