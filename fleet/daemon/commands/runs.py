"""Commands that run: their runners are asked for, watched, told to cancel, and buried."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
from pathlib import Path
from typing import Callable, Dict, List, Optional

from fleet.daemon.commands import begun, processes, progress, results
from fleet.daemon.commands.command import ENDED, RUNNING, STARTING, Command
from fleet.daemon.commands.limits import Limits
from fleet.daemon.commands.recovery import NOTHING_KEPT
from fleet.daemon.commands.starter import Starter
from fleet.daemon.commands.store import Store
from fleet.daemon.loop import Loop

log = logging.getLogger(__name__)
# Seconds until what did not work is tried again, and between two looks at a runner where there is no descriptor of it.
_AGAIN, _LOOK_EVERY = 1.0, 0.5
# Rounds of killing what a killed runner left, and seconds between two.
_ROUNDS, _ROUND_EVERY = 20, 0.05
RUNNER_KILLED = "the runner was killed"


class Runs:
    """`busy` are the commands that were asked to start and have not ended. `changed` is called for each that moved."""

    def __init__(
        self, store: Store, starter: Starter, loop: Loop, wake: Path, changed: Callable[[Command], None]
    ) -> None:
        self._store = store
        self._starter = starter
        self._loop = loop
        self._wake = wake
        self._changed = changed
        self.limits = Limits()
        self.busy: Dict[str, Command] = {}

    def begin(self, command: Command) -> None:
        """Have it started. Its `starting` is in the journal; who asks twice starts it once."""
        assert command.params is not None
        command.state = STARTING
        self.busy[command.id] = command
        self._starter.start(
            {
                "id": command.id,
                "folder": str(command.folder),
                "params": command.params._asdict(),
                "head": self.limits.head,
                "tail": self.limits.tail,
                "wake": str(self._wake),
                "boot": self._store.boot.id,
            }
        )

    def take_up(self, command: Command) -> None:
        """Go on with one that an earlier daemon began: in the same boot, and `begun` is there."""
        command.state = RUNNING
        self.busy[command.id] = command
        self._look(command)

    def bring_to_end(self, command: Command, result: Optional[results.Result]) -> None:
        """Of one that nobody runs: this is its end, or (None) the one that lies in its folder."""
        self.busy[command.id] = command
        if result is None:
            self._look(command)
        else:
            self._end(command, result)

    def answered(self, command_id: str, runner: int, fd: Optional[int]) -> None:
        """The zygote has forked a runner, or could not."""
        command = self.busy.get(command_id)
        if command is None or command.runner_fd is not None:
            if fd is not None:
                os.close(fd)
        elif not runner:
            self._loop.later(_ROUND_EVERY, lambda: self._look(command))
        else:
            self._watch(command, runner, fd)

    def _watch(self, command: Command, runner: int, fd: Optional[int]) -> None:
        command.runner, command.runner_fd = runner, fd
        if fd is None:
            self._loop.later(_LOOK_EVERY, lambda: self._look(command))
        else:
            self._loop.watch(fd, lambda _: self._gone(command))

    def _gone(self, command: Command) -> None:
        """The runner that was watched has ended: with a result, killed, or because another one was quicker."""
        self._unwatch(command)
        self._look(command)

    def _unwatch(self, command: Command) -> None:
        if command.runner_fd is not None:
            self._loop.unwatch(command.runner_fd)
            os.close(command.runner_fd)
        command.runner_fd, command.runner = None, 0

    def knocked(self) -> None:
        """Some runner has something to say: a start, output, an end."""
        for command in list(self.busy.values()):
            shared = command.reader.progress
            if shared is None:
                continue
            if shared.numbers[progress.FINISHED]:
                self._look(command)
            elif shared.numbers[progress.STARTED]:
                command.state = RUNNING
                self._changed(command)

    def _look(self, command: Command) -> None:
        """What the files say."""
        if self.busy.get(command.id) is not command:
            return
        made = begun.look(command.folder)
        result = results.read(command.folder)  # after the lock was looked at: a runner writes it before it goes
        if result is not None:
            self._ended(command, result)
        elif made is None and (command.state == RUNNING or not command.folder.is_dir()):
            # It may have begun: whoever removed its files took the answer away. It is not started again.
            self._end(command, results.make("unknown", None, reason=NOTHING_KEPT))
        elif made is None:
            self._store.release_reserve()
            self._loop.later(_AGAIN, lambda: self._again(command))
        elif not made.runner:
            self._end(command, results.make("canceled", None))
        elif not made.alive:
            self._bury(command, _ROUNDS)
        else:
            self._adopt(command, made.runner)

    def _again(self, command: Command) -> None:
        if self.busy.get(command.id) is command and command.runner_fd is None:
            if command.params is None or not command.folder.is_dir() or begun.look(command.folder) is not None:
                self._look(command)
            else:
                self.begin(command)

    def _adopt(self, command: Command, runner: int) -> None:
        command.state = RUNNING
        if command.runner_fd is None:
            fd = None
            with contextlib.suppress(OSError, AttributeError):
                fd = os.pidfd_open(runner)
            self._watch(command, runner, fd)
        if command.cancel_wanted:
            self._signal(command)
        self._changed(command)

    def cancel(self, command: Command) -> None:
        """End it: before it began for good, afterwards by its runner, which answers within 7 s."""
        command.cancel_wanted = True
        made = begun.look(command.folder)
        if made is None:
            try:
                mine = begun.claim(command.folder, 0, self._store.boot.id)
            except OSError:
                self._loop.later(_AGAIN, lambda: self._cancel_again(command))
                return
            if mine is not None:
                os.close(mine)
                self._end(command, results.make("canceled", None))
                return
        self._signal(command)

    def _cancel_again(self, command: Command) -> None:
        if self.busy.get(command.id) is command:
            self._store.release_reserve()
            self.cancel(command)

    def _signal(self, command: Command) -> None:
        made = begun.look(command.folder)
        if made is not None and made.alive and made.runner:
            with contextlib.suppress(OSError):
                os.kill(made.runner, signal.SIGUSR1)

    def _bury(self, command: Command, rounds: int) -> None:
        """The runner is gone without a result: end what it watched, and say so."""
        left = self._left_of(command)
        if left and rounds:
            processes.kill(lambda: self._left_of(command))
            self._loop.later(_ROUND_EVERY, lambda: self._bury(command, rounds - 1))
            return
        self._end(
            command,
            results.make("failed", command.reader.progress, reason=RUNNER_KILLED, left=processes.named(left)),
        )

    def _left_of(self, command: Command) -> List[processes.Process]:
        shared = command.reader.progress
        pid, birth = (shared.numbers[progress.PID], shared.numbers[progress.BIRTH]) if shared else (0, 0)
        spared = [self._starter.pid, *(other.runner for other in self.busy.values() if other.runner)]
        return processes.of_command(command.id, pid, birth, spared)

    def _end(self, command: Command, result: results.Result) -> None:
        """Write the end down for want of a runner that does; until there is room for it."""
        if self.busy.get(command.id) is not command:
            return
        try:
            written = self._store.end(command, result)
        except OSError as error:
            log.error("The end of command %s could not be written, and is tried again: %s", command.id, error)
            self._loop.later(_AGAIN, lambda: self._end(command, result))
            return
        self._ended(command, written)

    def _ended(self, command: Command, result: results.Result) -> None:
        self._unwatch(command)
        self.busy.pop(command.id, None)
        command.state, command.result, command.params = ENDED, result, None
        command.put_away()
        self._changed(command)

    def close(self) -> None:
        """Watch none of them any longer; they go on."""
        for command in self.busy.values():
            self._unwatch(command)
