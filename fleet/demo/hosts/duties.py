"""What a demo host does for its server: the frames that it takes, and what it has to say for them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random
from typing import Any

from fleet import protocol
from fleet.demo.hosts.figures import Figures
from fleet.demo.hosts.journal import Follow, Journal
from fleet.demo.hosts.machines import Machine
from fleet.demo.hosts.run import Message, Run
from fleet.demo.hosts.scripts import Script, unknown

NO_FILES = "This is a demo host: it is simulated, and has no files."
FOR_FILES = frozenset({"stat", "list", "get", "put", "commit"})
FOR_LOGS = frozenset({"follow", "credit", "unfollow"})
FOR_COMMANDS = frozenset({"want", "cancel", "forget"})


class Duties:
    """Everything that goes on on one machine, connected or not; `speed` is the story's."""

    def __init__(self, machine: Machine, random: Random, speed: float) -> None:
        self._machine, self._speed = machine, speed
        scripts = (*machine.commands, *machine.routine, *machine.told_when_away)
        self._scripts: dict[str, Script] = {script.command: script for script in scripts}
        self._figures = Figures(machine, random)
        self._journal = Journal(machine, random)
        self._runs: dict[str, Run] = {}
        self._follows: dict[str, Follow] = {}
        self._said: list[Message] = []
        self._beat, self._beat_at = protocol.BEAT, 0.0
        self._metrics, self._metrics_at = 0.0, 0.0

    def hello(self) -> dict[str, Any]:
        """Which commands are here, as a hello lists them."""
        runs = self._runs.values()
        return {
            "waiting": [run.id for run in runs if not run.started and not run.ended],
            "running": [run.standing for run in runs if run.is_running],
            "ended": [run.id for run in runs if run.ended],
        }

    def take(self, frame: dict[str, Any]) -> None:
        """A frame of the server's; what nobody knows here has no effect."""
        kind = frame["type"]
        if kind in FOR_FILES:
            self._said.append(failed(frame, "OUTSIDE_ROOTS", NO_FILES))
        elif kind == "welcome":
            self._welcome(frame)
        elif kind == "metrics":
            self._metrics, self._metrics_at = float(frame["every"]), 0.0
        elif kind == "command":
            self._accept(frame)
        elif kind in FOR_LOGS:
            self._of_log(kind, frame)
        elif kind in FOR_COMMANDS:
            self._of_command(kind, frame)

    def outgoing(self) -> Iterator[Message]:
        """Go on with everything by the clock, and give what is to be sent now."""
        self._journal.grow()
        said, self._said = self._said, []
        yield from said
        yield from self._beats()
        running = sum(run.is_running for run in self._runs.values())
        for run in list(self._runs.values()):
            if not run.started and not run.ended and running < protocol.AT_ONCE:
                running += 1
                run.start()
                yield {"type": "started", "id": run.id}
            run.go_on()
            yield from run.outgoing()
        for follow in self._follows.values():
            yield from follow.outgoing()

    def disconnected(self) -> None:
        """Nobody follows any more, and what was to be said is said at the next hello."""
        self._follows.clear()
        self._said.clear()

    def _beats(self) -> Iterator[Message]:
        now = time.monotonic()
        running = sum(run.is_running for run in self._runs.values())
        if self._metrics and now >= self._metrics_at:
            self._metrics_at, self._beat_at = now + self._metrics, now + self._beat
            yield {"type": "beat", "metrics": self._figures.full(running)}
        elif now >= self._beat_at:
            first, self._beat_at = not self._beat_at, now + self._beat
            yield {"type": "beat", "metrics": self._figures.full(running) if first else self._figures.brief(running)}

    def _welcome(self, frame: dict[str, Any]) -> None:
        self._beat, self._beat_at = float(frame.get("beat", protocol.BEAT)), 0.0
        self._metrics, self._metrics_at = float(frame.get("metrics", 0)), 0.0
        wanted = frame.get("want", {})
        for run in self._runs.values():
            run.resume(wanted.get(run.id, {}))
        for command_id in frame.get("cancel", ()):
            self._of_command("cancel", {"id": command_id})
        for command_id in frame.get("forget", ()):
            self._of_command("forget", {"id": command_id})

    def _accept(self, frame: dict[str, Any]) -> None:
        command_id, params = str(frame["id"]), frame["params"]
        if command_id in self._runs:
            return
        script = self._scripts.get(str(params["command"]).strip()) or unknown(self._machine.name)
        timeout = float(params.get("timeout", protocol.TIMEOUT))
        self._runs[command_id] = Run(command_id, script, timeout, self._speed)
        self._said.append({"type": "accepted", "id": command_id})

    def _of_log(self, kind: str, frame: dict[str, Any]) -> None:
        if kind == "follow":
            self._follow(frame)
        elif kind == "unfollow":
            self._follows.pop(frame["id"], None)
        elif frame["id"] in self._follows:
            self._follows[frame["id"]].grant(int(frame["bytes"]))

    def _follow(self, frame: dict[str, Any]) -> None:
        try:
            self._follows[str(frame["id"])] = Follow(frame, self._journal)
        except LookupError as error:
            self._said.append(failed(frame, "NOT_FOUND", str(error.args[0])))

    def _of_command(self, kind: str, frame: dict[str, Any]) -> None:
        run = self._runs.get(str(frame["id"]))
        if run is None:
            return
        if kind == "want":
            run.acknowledge(frame)
        elif kind == "cancel":
            run.cancel()
        else:
            del self._runs[run.id]


def failed(frame: dict[str, Any], code: str, message: str) -> dict[str, Any]:
    """The answer to what cannot be had."""
    return {"type": "failed", "id": frame["id"], "code": code, "message": message}
