"""All simulated agents and hosts together: how they start, how long they run, how they stop."""

from __future__ import annotations

import time
from collections.abc import Sequence

from fleet.client import Refused, Unreachable
from fleet.demo.agent import Agent
from fleet.demo.hosts import DemoHost, enrolled
from fleet.demo.lifeline import World
from fleet.demo.pool import Pool
from fleet.demo.scenarios import Profile

BETWEEN_ARRIVALS = 0.05  # seconds: five hundred agents need 25 s, and no server falls over
TOP_UP = 15.0  # seconds
LONGEST_GOODBYE = 2.0  # seconds


class Crew:
    """The agents and hosts of one demo. `tasks_done` counts what the agents have handed in."""

    def __init__(self, fleet: Sequence[Profile], world: World) -> None:
        self._world = world
        self._client = world.client(tries=3)
        self._pool = Pool(self._client, fleet)
        self._agents = [Agent(p, world, n * BETWEEN_ARRIVALS) for n, p in enumerate(fleet)]
        self._hosts: list[DemoHost] = []

    @property
    def tasks_done(self) -> int:
        """How many tasks of the pool have been ended, well or not."""
        return sum(agent.tasks_done for agent in self._agents)

    def prepare(self) -> int:
        """Fill the pool and enrol the hosts; how many tasks are new."""
        new = self._pool.open()
        self._hosts = enrolled(self._world, self._client)
        return new

    def start(self) -> None:
        """Send them off."""
        for each in (*self._hosts, *self._agents):
            each.start()

    def watch(self, duration: float | None) -> None:
        """Return when every agent has ended, or after `duration` seconds. Keeps the pool filled."""
        end = None if duration is None else time.monotonic() + duration
        next_look = time.monotonic() + TOP_UP
        while any(agent.is_alive() for agent in self._agents):
            now = time.monotonic()
            if end is not None and now >= end:
                return
            if now >= next_look and not self._world.pace.once:
                self._top_up()
                next_look = time.monotonic() + TOP_UP
            # Short, so that Ctrl-C and the last agent's end are noticed at once.
            self._world.pace.sleep(0.2 if end is None else min(0.2, end - now))

    def _top_up(self) -> None:
        try:
            self._pool.top_up()
        except (Refused, Unreachable) as problem:
            self._world.printer.line("Pool", f"cannot be filled: {problem}")

    def stop(self) -> None:
        """End all agents and hosts, in LONGEST_GOODBYE seconds at most."""
        self._world.pace.stop.set()
        everybody: list[Agent | DemoHost] = [*self._agents, *self._hosts]
        end = time.monotonic() + LONGEST_GOODBYE
        while time.monotonic() < end:
            alive = [each for each in everybody if each.is_alive()]
            if not alive:
                return
            # Again and again: one of them may just have been about to open its connection.
            for each in alive:
                each.interrupt()
            alive[0].join(0.05)
