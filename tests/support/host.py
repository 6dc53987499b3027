"""A daemon's commands without a network: a server that takes what they say, in this process or in one of its own."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import secrets
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fleet import protocol
from fleet.daemon.commands import Commands, Limits
from fleet.daemon.loop import Loop

CHECKOUT = Path(__file__).parents[2]
# Seconds after which a thing is said never to come.
PATIENCE = 30.0
Frame = dict[str, Any]
# Ids are of this session only: processes are found by them, and other sessions may run beside it.
SESSION = secrets.token_hex(4)
_numbers = itertools.count(1)


class Received:
    """What a server has of one daemon. It acknowledges every byte as soon as it is there, unless `deaf`."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.chunks: list[protocol.Chunk] = []
        self.deaf = False

    def take(self, message: Frame | bytes) -> list[Frame]:
        """One message; gives the answers to it."""
        if not isinstance(message, bytes):
            self.frames.append(message)
            return []
        chunk = protocol.decode_chunk(message)
        self.chunks.append(chunk)
        return [] if self.deaf else [self.want(chunk.id)]

    def want(self, command_id: str) -> Frame:
        """The acknowledgement of all that is there."""
        return {"type": "want", "id": command_id, **self.ends(command_id)}

    def ends(self, command_id: str) -> dict[str, int]:
        """Up to where there is something of each stream."""
        ends = {"stdout": 0, "stderr": 0}
        for chunk in self.chunks:
            if chunk.id == command_id:
                ends[chunk.stream] = max(ends[chunk.stream], chunk.offset + len(chunk.data))
        return ends

    def output(self, command_id: str, stream: str = "stdout") -> bytes:
        """The stream, put together by offsets; where nothing came are NULs."""
        out = bytearray(self.ends(command_id)[stream])
        for chunk in self.chunks:
            if (chunk.id, chunk.stream) == (command_id, stream):
                out[chunk.offset : chunk.offset + len(chunk.data)] = chunk.data
        return bytes(out)

    def of(self, command_id: str, kind: str) -> list[Frame]:
        """The frames of a kind about a command."""
        return [frame for frame in self.frames if frame["type"] == kind and frame.get("id") == command_id]

    def types(self, command_id: str) -> list[str]:
        """The words about a command, in order."""
        return [frame["type"] for frame in self.frames if frame.get("id") == command_id]


def command_frame(command: str, *, seq: int | None = None, expires_in: float = 3600, **params: Any) -> Frame:
    """A command, under an id of its own."""
    number = next(_numbers)
    return {
        "type": "command",
        "id": f"{SESSION}-{number:05}",
        "seq": number if seq is None else seq,
        "params": {"command": command, "timeout": 60, **params},
        "expires_in": expires_in,
    }


class Waits:
    """`until` of whoever can `turn`."""

    received: Received

    def turn(self) -> None:
        """Let things happen for a moment."""
        raise NotImplementedError

    def until(self, true: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait for something; fails when it does not come."""
        until = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < until, f"it never came; heard: {self.received.frames}"
            self.turn()

    def ended(self, command_id: str, seconds: float = PATIENCE) -> Frame:
        """The end of a command, once it is told."""
        self.until(lambda: self.received.of(command_id, "ended"), seconds)
        return self.received.of(command_id, "ended")[-1]


class Host(Waits):
    """Commands in this process, at a folder; `say` is counted."""

    def __init__(self, state: Path, *, limits: Limits | None = None, boot_id: Path | None = None) -> None:
        self.state = state
        self.received = Received()
        self.loop = Loop()
        self.said = 0
        more: dict[str, Any] = {"limits": limits} if limits else {}
        more |= {"boot_id": boot_id} if boot_id else {}
        self.commands = Commands(state, self.loop, self._say, **more)
        self.commands.recover()

    def _say(self) -> None:
        self.said += 1

    def connect(self, **welcome: Any) -> Frame:
        """Hello and welcome; gives the hello's part."""
        hello = self.commands.hello()
        self.commands.welcomed({"type": "welcome", **welcome})
        return hello

    def send(self, frame: Frame) -> str:
        """Hand over a frame; gives its id."""
        self.commands.take(frame)
        return str(frame["id"])

    def run(self, command: str, **more: Any) -> str:
        """Hand over a command."""
        return self.send(command_frame(command, **more))

    def pull(self) -> None:
        """Take all that there is to send."""
        while (message := self.commands.outgoing()) is not None:
            for answer in self.received.take(message):
                self.commands.take(answer)

    def turn(self) -> None:
        self.loop.once(0.02)
        self.pull()

    def close(self) -> None:
        self.commands.close()
        self.loop.close()


@contextlib.contextmanager
def host(state: Path, **more: Any) -> Iterator[Host]:
    """A host that has said hello, for a while."""
    running = Host(state, **more)
    try:
        running.connect()
        yield running
    finally:
        running.close()


class Driven(Waits):
    """Commands in a process of its own, which can be killed; see `host_driver.py`."""

    def __init__(
        self,
        state: Path,
        *,
        python: tuple[str, ...] = (sys.executable,),
        fault: str = "",
        under: tuple[str, ...] = (),
        boot_id: Path | None = None,
    ) -> None:
        self.received = Received()
        self.hello: Frame = {}
        driver = [*under, *python, str(CHECKOUT / "tests/support/host_driver.py"), str(state)]
        self.process = subprocess.Popen(
            [*driver, str(boot_id)] if boot_id else driver,
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), "FLEET_DAEMON_FAULT": fault, "SECRET": "x"},
        )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self.process.stdout, selectors.EVENT_READ)
        self._rest = b""

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def tell(self, do: str, frame: Frame) -> None:
        """Have a method called with a frame; a process that has died hears nothing."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps({"do": do, "frame": frame}).encode() + b"\n")
            self.process.stdin.flush()

    def connect(self, **welcome: Any) -> Frame:
        """Hello and welcome; gives the hello's part, or nothing if the process has died meanwhile."""
        self.tell("hello", {})
        self.until(lambda: self.hello or not self.alive)
        self.tell("welcomed", {"type": "welcome", **welcome})
        return self.hello

    def send(self, frame: Frame) -> str:
        self.tell("take", frame)
        return str(frame["id"])

    def run(self, command: str, **more: Any) -> str:
        return self.send(command_frame(command, **more))

    def turn(self) -> None:
        if not self._selector.select(0.02):
            return
        assert self.process.stdout is not None
        self._rest += self.process.stdout.read() or b""
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            self._heard(json.loads(line))
        if self.process.poll() is not None:
            time.sleep(0.01)

    def _heard(self, said: Frame) -> None:
        if "hello" in said:
            self.hello = said["hello"]
            return
        message = base64.b64decode(said["bytes"]) if "bytes" in said else said["frame"]
        for answer in self.received.take(message):
            self.tell("take", answer)

    def kill(self) -> None:
        """SIGKILL; what it had said before is heard."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.turn()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._selector.close()


@contextlib.contextmanager
def driven(state: Path, **more: Any) -> Iterator[Driven]:
    """A process of commands, killed in the end."""
    process = Driven(state, **more)
    try:
        yield process
    finally:
        process.kill()


def alive(pid: int) -> bool:
    """The process is there, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def marked(mark: str) -> list[int]:
    """Processes whose command line or environment has a mark."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid() and alive(int(folder.name)):
            with contextlib.suppress(OSError):
                if mark.encode() in (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes():
                    found.append(int(folder.name))
    return found
