"""Who gives a demo host something to do: what it begins with, then its routine, now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from random import Random

from fleet.client import Refused
from fleet.demo.client import Client
from fleet.demo.hosts.machines import Machine
from fleet.demo.hosts.scripts import Script
from fleet.demo.pace import Pace

BETWEEN = (50.0, 110.0)  # story seconds from one command of the routine to the next
SHORTEST = 5.0  # real seconds between them, at any speed: each one stays on the server
WAITS = 86_400  # seconds for which a host that is away may be told something


class Operator:
    """Sends commands by `/v1`, as any person does, and cancels those that are to be canceled."""

    def __init__(
        self, host_id: str, machine: Machine, client: Client, pace: Pace, random: Random, say: Callable[[str], None]
    ) -> None:
        self._id, self._client, self._pace, self._random, self._say = host_id, client, pace, random, say
        self._first = list(machine.commands)
        self._away = list(machine.told_when_away)
        self._routine: Iterator[Script] = cycle(machine.routine)
        self._has_routine = bool(machine.routine)
        self._next = 0.0
        self._to_cancel: list[tuple[float, str]] = []

    def go_on(self) -> None:
        """Do what is due by now. Raises Missing when the host is gone, Stopped."""
        now = time.monotonic()
        for due, command_id in [each for each in self._to_cancel if each[0] <= now]:
            self._to_cancel.remove((due, command_id))
            self._quietly(partial(self._client.cancel, self._id, command_id))
        if now < self._next:
            return
        if self._first:
            self._send(self._first.pop(0))
        elif self._has_routine and not self._pace.once:
            self._send(next(self._routine))
        pause = max(SHORTEST, self._pace.real(self._random.uniform(*BETWEEN)))
        self._next = now + (1.0 if self._first else pause)

    def tell_who_is_away(self) -> None:
        """Leave something for a host that is not connected."""
        while self._away:
            self._send(self._away.pop(0))

    def _send(self, script: Script) -> None:
        def send() -> None:
            command_id = self._client.run_command(self._id, script.command, script.timeout, WAITS)
            self._say(f"is to run: {script.command}")
            if script.canceled_after is not None:
                due = time.monotonic() + self._pace.real(script.canceled_after)
                self._to_cancel.append((due, command_id))

        self._quietly(send)

    def _quietly(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Refused as refusal:
            if refusal.code == "AGENT_NOT_FOUND":
                raise
            self._say(f"is told nothing after all: {refusal}")
