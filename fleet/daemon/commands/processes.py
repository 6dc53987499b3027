"""Which processes belong to a command, by /proc. Where there is none (macOS) nothing is found."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import Callable, Dict, Iterable, List, NamedTuple, Optional, Set

from fleet.daemon.commands.clock import since_boot
from fleet.daemon.commands.params import COMMAND_ID

_PROC = Path("/proc")
# The most survivors that a result names.
NAMED_MOST = 50
# Ticks between a process's birth as the kernel has it, and the moment after it was started.
_BIRTH_WITHIN = 200


class Process(NamedTuple):
    """One process at one moment; `birth` tells it from a later one with its number."""

    pid: int
    name: str
    state: str
    parent: int
    session: int
    birth: int


def birth_now() -> int:
    """What the birth of a process would be now: ticks since the boot."""
    return int(since_boot() * os.sysconf("SC_CLK_TCK"))


def read(pid: int) -> Optional[Process]:
    """What is known of a process; None: it is gone."""
    try:
        text = (_PROC / str(pid) / "stat").read_bytes().decode("utf-8", "replace")
    except OSError:
        return None
    # The name may hold blanks and brackets: it ends at the last bracket (proc(5)).
    before, _, after = text.rpartition(")")
    fields = after.split()
    return Process(pid, before.partition("(")[2], fields[0], int(fields[1]), int(fields[3]), int(fields[19]))


def living() -> Dict[int, Process]:
    """Every process that is more than a name in the table."""
    try:
        with os.scandir(_PROC) as entries:
            pids = [int(entry.name) for entry in entries if entry.name.isdigit()]
    except OSError:
        return {}
    processes = (read(pid) for pid in pids)
    return {process.pid: process for process in processes if process is not None and process.state not in "ZX"}


def _below(table: Dict[int, Process], roots: Iterable[int]) -> Set[int]:
    """The roots that live, and all that descends from a root."""
    children: Dict[int, List[int]] = {}
    for process in table.values():
        children.setdefault(process.parent, []).append(process.pid)
    found: Set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, ())
    return found & set(table)


def descendants(root: int) -> List[Process]:
    """All that descends from a living process, without itself. Of a subreaper these are all that it ever caused."""
    table = living()
    return [table[pid] for pid in _below(table, [root]) if pid != root]


def of_command(command_id: str, pid: int, birth: int, spared: Iterable[int]) -> List[Process]:
    """What is left of a command whose runner is gone: by the command's process, its session, its environment."""
    table = living()
    mark = f"{COMMAND_ID}={command_id}".encode()
    roots = {each.pid for each in table.values() if _marked(each.pid, mark)}
    first = table.get(pid)
    if first is not None and abs(first.birth - birth) <= _BIRTH_WITHIN:
        roots.add(pid)
    session = {each.pid for each in table.values() if each.session == pid}
    # A number is not given anew while a session has it: with one of the command in it, all of it is the command's.
    if session & roots:
        roots |= session
    keep = {os.getpid(), *spared}
    return [table[each] for each in _below(table, roots - keep) if each not in keep]


def _marked(pid: int, mark: bytes) -> bool:
    try:
        return mark in (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def send(targets: Iterable[Process], number: int) -> None:
    """Send a signal to each that is still the process that was found."""
    for target in targets:
        now = read(target.pid)
        if now is not None and now.birth == target.birth:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(target.pid, number)


def kill(find: Callable[[], List[Process]], rounds: int = 50) -> None:
    """End all that `find` gives: stop them first, and look again until none is new, so that none can go on forking."""
    stopped: Set[int] = set()
    for _ in range(rounds):
        fresh = [process for process in find() if process.pid not in stopped]
        if not fresh:
            break
        send(fresh, signal.SIGSTOP)
        stopped.update(process.pid for process in fresh)
    send(find(), signal.SIGKILL)


def named(processes: Iterable[Process]) -> List[Dict[str, object]]:
    """As a result tells them."""
    return [{"pid": process.pid, "name": process.name} for process in list(processes)[:NAMED_MOST]]
