"""A command as the daemon knows it, from its receipt until the server has its end."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Optional

from fleet.daemon.commands.flow import Flow
from fleet.daemon.commands.journal import Record
from fleet.daemon.commands.params import Params
from fleet.daemon.commands.progress import STARTED, STREAMS
from fleet.daemon.commands.results import Result
from fleet.daemon.commands.spool import Reader

# Journaled, and not to be started yet; journaled as one that is started; begun by a runner that lives; ended.
WAITING, STARTING, RUNNING, ENDED = "waiting", "starting", "running", "ended"


class Command:
    """What is known of one command. `params` is None once nobody needs them any more."""

    def __init__(self, command_id: str, seq: int, folder: Path, params: Optional[Params]) -> None:
        self.id = command_id
        self.seq = seq
        self.folder = folder
        self.params = params
        self.state = WAITING
        # Its life: seconds from a moment of the clock of a boot; and the boot in which it was to be started.
        self.expires_in = 0.0
        self.at = 0.0
        self.boot = ""
        self.starting_boot: Optional[str] = None
        self.result: Optional[Result] = None
        # The runner, by a descriptor where the system has such, and by its number.
        self.runner_fd: Optional[int] = None
        self.runner = 0
        self.cancel_wanted = False
        self.forget_wanted = False
        # What the server was told over this link.
        self.started_told = False
        self.end_told = False
        self.flows: Dict[str, Flow] = {stream: Flow() for stream in STREAMS}
        self._reader: Optional[Reader] = None

    @property
    def reader(self) -> Reader:
        """Its output; opened when it is first asked for, and again until there is some."""
        if self._reader is None or self._reader.progress is None:
            self._reader = Reader(self.folder)
        return self._reader

    @property
    def started(self) -> bool:
        """The command's own process was started."""
        if self.state not in (RUNNING, ENDED):
            return False
        progress = self.reader.progress
        return progress is not None and bool(progress.numbers[STARTED])

    def totals(self) -> Dict[str, int]:
        """Bytes that it has written into each stream."""
        if self.result is not None:
            return {stream: int(self.result[stream]) for stream in STREAMS}
        return self.reader.totals()

    def put_away(self) -> None:
        """Close the output's files until it is needed again."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def record(self) -> Record:
        """As the journal holds it. What has ended needs no text any more."""
        return {
            "do": "accepted",
            "id": self.id,
            "seq": self.seq,
            "params": None if self.state == ENDED or self.params is None else self.params._asdict(),
            "expires_in": self.expires_in,
            "at": self.at,
            "boot": self.boot,
            "starting": self.starting_boot,
        }


def restored(record: Record, folder: Path) -> Command:
    """The command of a record."""
    params = record["params"]
    if params is not None:
        params = Params(**dict(params, env=tuple((name, value) for name, value in params["env"])))
    command = Command(record["id"], record["seq"], folder, params)
    command.expires_in, command.at, command.boot = record["expires_in"], record["at"], record["boot"]
    command.starting_boot = record["starting"]
    return command
