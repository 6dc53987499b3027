"""What becomes of each command when a daemon comes to a folder in which another one worked."""

from __future__ import annotations

from typing import Optional

from fleet.daemon.commands import begun, results
from fleet.daemon.commands.command import Command
from fleet.daemon.commands.results import Result

HOST_WENT_DOWN = "the host went down while it ran"
NOTHING_KEPT = "what was kept of it on the host is gone"
# What is to be done: it has ended, it waits, it is to be started (again), its runner is to be looked for.
END, WAIT, BEGIN, TAKE_UP = "end", "wait", "begin", "take up"


def decide(command: Command, boot: str) -> tuple[str, Optional[Result]]:
    """What is to be done with a command of the journal, and the end that is to be written, if it has none yet.

    In another boot than this one nothing that ran can still run: what had
    begun, or was about to, may or may not have been done, and is not done again.
    """
    if results.read(command.folder) is not None:
        return END, None
    made = begun.look(command.folder)
    if made is None and command.starting_boot is None:
        return WAIT, None
    if boot not in (command.starting_boot, made.boot if made else None):
        return END, results.make("unknown", command.reader.progress, reason=HOST_WENT_DOWN)
    if made is not None:
        return TAKE_UP, None
    if command.folder.is_dir() and command.params is not None:
        return BEGIN, None
    return END, results.make("unknown", None, reason=NOTHING_KEPT)
