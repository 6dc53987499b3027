"""A small process that was forked before everything else, and forks runners in a millisecond.

One of them is there in advance (spare.py): commands that come one at a time wait
for no fork. It has nothing of what the daemon opens later, and one thread. It ends
with the daemon, by the end of their common socket; the runners go on.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import struct
from typing import Any, Dict, NoReturn, Optional, Tuple

from fleet.daemon.commands import environment, spare
from fleet.daemon.commands.spare import Spare

_LENGTH = struct.Struct(">I")
_PID = struct.Struct(">i")
_DESCRIPTORS = "/proc/self/fd"
# Seconds without a job after which the next runner is forked: not while commands come one upon another.
_SPARE_AFTER = 0.005


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
    waiting: Optional[Spare] = None
    while True:
        if waiting is None and not select.select([sock], [], [], _SPARE_AFTER)[0]:
            waiting = spare.fork(sock.close)
        head = _receive(sock, _LENGTH.size)
        body = _receive(sock, _LENGTH.unpack(head)[0]) if head else b""
        if not body:
            os._exit(0)
        waiting = waiting or spare.fork(sock.close)
        if waiting is not None:
            waiting.give(body)
        _answer(sock, waiting)
        waiting = None


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


def _answer(sock: socket.socket, found: Optional[Spare]) -> None:
    """Say who does the job; one that was gone already is found so by the daemon, which asks again."""
    fds = [found.process] if found is not None and found.process is not None else []
    with contextlib.suppress(OSError):
        socket.send_fds(sock, [_PID.pack(found.pid if found else 0)], fds)
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
