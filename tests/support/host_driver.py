"""Owns a host's Commands as a process: methods to call come as JSON lines, what is to be sent goes out as such.

Runs with any Python from 3.9 on.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

from fleet.daemon.commands import Commands
from fleet.daemon.loop import Loop


class Driver:
    def __init__(self, state: Path, **more: Any) -> None:
        self.loop = Loop()
        self.commands = Commands(state, self.loop, lambda: None, **more)
        self.commands.recover()
        self.rest = b""
        self.loop.watch(0, self.read)

    def read(self, _: int) -> None:
        data = os.read(0, 1 << 20)
        if not data:
            self.loop.stop()
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self.do(json.loads(line))

    def do(self, order: dict[str, Any]) -> None:
        if order["do"] == "hello":
            self.write({"hello": self.commands.hello()})
        else:
            getattr(self.commands, order["do"])(order["frame"])

    def write(self, said: dict[str, Any]) -> None:
        sys.stdout.buffer.write(json.dumps(said).encode() + b"\n")
        sys.stdout.buffer.flush()

    def run(self) -> None:
        self.loop._going = True
        while self.loop._going:
            message = self.commands.outgoing()
            if message is None:
                self.loop.once(None)
            elif isinstance(message, bytes):
                self.write({"bytes": base64.b64encode(message).decode()})
            else:
                self.write({"frame": message})


if __name__ == "__main__":
    boot = {"boot_id": Path(sys.argv[2])} if len(sys.argv) > 2 else {}
    Driver(Path(sys.argv[1]), **boot).run()
