"""What an agent owes the server by the clock: heartbeats, and the renewal of its claim."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Event

from fleet.client import Json, Missing, Refused, Transport, Unreachable
from fleet.demo.client import Claim, Client
from fleet.demo.pace import Pace
from fleet.demo.printer import Printer
from fleet.demo.scenarios import Profile

TAG = "demo"  # by which the demo's agents and tasks are recognised
# A person holds the agent or the fleet still: to be tried again later.
HELD = ("AGENT_PAUSED", "AGENT_STOPPED", "FLEET_PAUSED", "FLEET_STOPPED")
HEARTBEAT = 30.0  # seconds
LEASE = 300  # seconds
RENEWAL = 60.0  # seconds: several chances before the lease runs out


@dataclass(frozen=True)
class World:
    """What all agents of one demo share."""

    url: str
    token: str
    seed: int
    pace: Pace
    printer: Printer

    def client(self, tries: int = 0) -> Client:
        """Make a connection of one's own; without `tries` it tries until the demo ends."""
        return Client(Transport(self.url, self.token, self.pace.stop, tries=tries))

    def with_key(self, key: str) -> Client:
        """Make a connection that speaks with another key than the world's token."""
        return Client(Transport(self.url, key, self.pace.stop, tries=3))

    def last_word(self) -> Client:
        """Make a connection for what is to be said after the end: one try, one second."""
        return Client(Transport(self.url, self.token, Event(), tries=1, timeout=1))


class Lifeline:
    """An agent's presence and its claim. `id` is what the server calls the agent."""

    def __init__(self, profile: Profile, world: World, client: Client) -> None:
        self._world, self._client = world, client
        self._identity: Json = {
            "hostname": profile.host,
            "machine_address": profile.machine_address(world.seed),
            "repo_path": profile.repo_path,
            "capabilities": list(profile.capabilities),
            "issue_ids": list(profile.issue_ids),
            "tags": [TAG],
        }
        self._name = profile.name
        self._created_at: object = None
        self._beaten = self._renewed = 0.0
        self.id = ""
        self.claim: Claim | None = None

    def arrive(self) -> str:
        """Make the agent known, or find it from an earlier run; the name that it goes by."""
        record = self._client.beat(self._identity)
        self.id, self._created_at = str(record["id"]), record["created_at"]
        self._beaten = time.monotonic()
        if record.get("version", 1) == 1:
            # Only at the first time: a name that a person gave it later stays.
            record = self._client.update_agent(self.id, name=self._name)
        return str(record["name"])

    def beat(self) -> None:
        """Say that the agent is alive. Raises Missing when somebody has deleted it meanwhile."""
        record = self._client.beat(self._identity)
        self._beaten = time.monotonic()
        if record["created_at"] != self._created_at:
            # The beat has made a new one of the same id, which nobody asked for.
            self._client.remove_agent(self.id)
            raise Missing(404, "AGENT_NOT_FOUND", "Agent not found")

    def keep(self) -> float:
        """Send what is due; the seconds until the next beat."""
        now = time.monotonic()
        if now - self._beaten >= HEARTBEAT:
            self.beat()
        if self.claim is not None and now - self._renewed >= RENEWAL:
            self._renewed = now
            try:
                self._client.renew(self.claim, LEASE)
            except Refused:
                self.claim = None  # the lease ran out or somebody took the task away
        return max(0.0, self._beaten + HEARTBEAT - time.monotonic())

    def take(self) -> str | None:
        """Claim the next task that suits the agent; its title, or None when there is none, or none for now."""
        try:
            self.claim = self._client.claim(self.id, LEASE)
        except Refused as refusal:
            if refusal.code not in HELD:
                raise
            self.claim = None
        self._renewed = time.monotonic()
        return self.claim.title if self.claim else None

    def hand_in(self, result: str, *, failed: bool) -> bool:
        """End the claimed task. False when the claim was lost, so that the result counts for nothing."""
        claim, self.claim = self.claim, None
        if claim is None:
            return False
        try:
            (self._client.fail_task if failed else self._client.finish_task)(claim, result)
        except Refused:
            return False
        return True

    def let_go(self) -> None:
        """Give an unfinished task back, so that nobody has to wait for the lease to run out."""
        claim, self.claim = self.claim, None
        if claim is None:
            return
        try:
            self._world.last_word().release(claim)
        except (Refused, Unreachable):
            return  # then the lease runs out by itself
