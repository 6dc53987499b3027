"""The command itself: /bin/sh in a session of its own, with nothing of the daemon's."""

from __future__ import annotations

import os
import signal
from typing import Dict, NamedTuple, Optional

from fleet.daemon.commands import disk, environment
from fleet.daemon.commands.params import Params

# As numbers, once: each runner would make names of all of them.
_SIGNALS = [int(number) for number in signal.valid_signals()]


class Spawned(NamedTuple):
    """A command that runs: its process, and the ends of its pipes."""

    pid: int
    stdout: int
    stderr: int


def spawn(command_id: str, params: Params) -> Spawned:
    """Start it. Raises OSError, with the reason for people as its text."""
    os.umask(environment.UMASK)
    try:
        cwd = environment.enter(params.cwd)
    except OSError as error:
        raise OSError(f"cwd {params.cwd}: {error.strerror}") from error
    variables = environment.variables(command_id, cwd, params.env)
    stdin = _stdin(params.stdin)
    out, out_of_command = os.pipe()
    err, err_of_command = os.pipe()
    try:
        pid = _start(params.command, variables, {0: stdin, 1: out_of_command, 2: err_of_command})
    except (OSError, NotImplementedError) as error:
        raise OSError(f"{environment.SHELL}: {getattr(error, 'strerror', None) or error}") from error
    finally:
        for fd in (stdin, out_of_command, err_of_command):
            os.close(fd)
        os.chdir("/")  # the runner keeps no file system busy
    return Spawned(pid, out, err)


def _start(command: str, variables: Dict[str, str], files: Dict[int, int]) -> int:
    """Every other descriptor of this process closes by itself; ignored and blocked signals become usual ones."""
    return os.posix_spawn(
        environment.SHELL,
        [environment.SHELL, "-c", command],
        variables,
        file_actions=[(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in files.items()],
        setsid=True,
        setsigmask=(),
        setsigdef=_SIGNALS,
    )


def _stdin(text: Optional[str]) -> int:
    """A file that exists in memory only, or nothing to read."""
    if text is None:
        return os.open(os.devnull, os.O_RDONLY)
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("stdin")
    else:  # no Linux
        import tempfile

        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    disk.write_all(fd, text.encode("utf-8"))
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
