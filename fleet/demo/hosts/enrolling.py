"""From a token to hosts: each spends an enrolment key, as a daemon does, and gets a key of its own."""

from __future__ import annotations

from fleet.client import Refused
from fleet.demo.client import Client
from fleet.demo.hosts.host import DemoHost
from fleet.demo.hosts.machines import MACHINES, Machine
from fleet.demo.lifeline import TAG, World
from fleet.demo.pool import removed
from fleet.demo.scenarios import address_of


def enrolled(world: World, client: Client) -> list[DemoHost]:
    """The demo's hosts, ready to start; none, and a line that says why, for a token that may not enrol.

    Keys and sessions live in this process alone. A host of an earlier run has lost
    them: it is taken away, and enrols anew.
    """
    places = {machine.name: address_of(machine.name, world.seed) for machine in MACHINES}
    try:
        for each in client.hosts():
            if TAG in (each.get("tags") or ()) and places.get(each["hostname"]) == each["machine_address"]:
                removed(client.remove_agent, each["id"])
        return [enrol(machine, places[machine.name], world, client) for machine in MACHINES]
    except Refused as refusal:
        if refusal.status != 403:
            raise
        world.printer.line("Hosts", "are left out: only an administrator's token may add them")
        return []


def enrol(machine: Machine, address: str, world: World, client: Client) -> DemoHost:
    """Make one known. Raises Refused, Unreachable."""
    body = {
        "name": machine.name,
        "hostname": machine.name,
        "machine_address": address,
        "worktree": "/",
        "kind": "host",
        "tags": [*machine.tags, TAG],
    }
    speaker = world.with_key(client.enrolment_key())
    try:
        host_id, key = speaker.enrol(body)
    finally:
        speaker.close()
    return DemoHost(machine, host_id, key, address, world)
