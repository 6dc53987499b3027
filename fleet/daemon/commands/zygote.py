"""A small process that was forked before everything else, and forks runners in a millisecond.

It has nothing of what the daemon opens later, and one thread. It ends with the
daemon, by the end of their common socket; the runners go on.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import struct
from typing import Any, Dict, NoReturn, Optional, Tuple

from fleet.daemon.commands import environment, runner

_LENGTH = struct.Struct(">I")
_PID = struct.Struct(">i")
_DESCRIPTORS = "/proc/self/fd"


def fork() -> Tuple[int, socket.socket]:
    """Make one: its process, and the socket by which it is asked."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        return pid, ours
    try:
        _close_all_but(theirs.fileno())
        _serve(theirs)
    finally:
        os._exit(1)


def ask(job: Dict[str, Any]) -> bytes:
    """The message that asks for a runner of a job."""
    body = json.dumps(job).encode("ascii")
    return _LENGTH.pack(len(body)) + body


def answer(sock: socket.socket) -> Optional[Tuple[int, Optional[int]]]:
    """The next runner: its pid (0: it could not be forked), and a descriptor of it where the system has such; None: the zygote is gone.

    Raises BlockingIOError where there is no answer yet.
    """
    try:
        data, fds, _, _ = socket.recv_fds(sock, _PID.size, 1)
    except ConnectionError:
        return None
    if len(data) < _PID.size:
        return None
    return _PID.unpack(data)[0], fds[0] if fds else None


def _close_all_but(kept: int) -> None:
    """Objects that own these descriptors are never collected here: they would close what later has their number."""
    gc.freeze()
    try:
        with os.scandir(_DESCRIPTORS) as entries:
            numbers = [int(entry.name) for entry in entries]
    except OSError:
        numbers = list(range(4096))
    for number in numbers:
        if number > 2 and number != kept:
            with contextlib.suppress(OSError):
                os.close(number)


def _serve(sock: socket.socket) -> NoReturn:
    _quiet()
    environment.user()
    while True:
        head = _receive(sock, _LENGTH.size)
        body = _receive(sock, _LENGTH.unpack(head)[0]) if head else b""
        if not body:
            os._exit(0)
        # A child that has ended keeps its number until it is reaped, and that waits until its descriptor is made.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        _answer(sock, _fork_runner(sock, body))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


def _quiet() -> None:
    """Signals are the daemon's business; that of cancelling waits in a runner until it can take it."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _reap)
    signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGUSR1})


def _reap(*_: object) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _fork_runner(sock: socket.socket, body: bytes) -> int:
    try:
        pid = os.fork()
    except OSError:
        return 0
    if pid:
        return pid
    try:
        sock.close()
        runner.main(json.loads(body))
    finally:
        os._exit(0)


def _answer(sock: socket.socket, pid: int) -> None:
    fds = []
    if pid and hasattr(os, "pidfd_open"):
        with contextlib.suppress(OSError):
            fds.append(os.pidfd_open(pid))
    with contextlib.suppress(OSError):
        socket.send_fds(sock, [_PID.pack(pid)], fds)
    for fd in fds:
        os.close(fd)


def _receive(sock: socket.socket, size: int) -> bytes:
    """Exactly so many bytes; none: the daemon is gone."""
    parts = []
    while size:
        try:
            part = sock.recv(min(size, 1 << 16))
        except ConnectionError:
            part = b""
        if not part:
            return b""
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
