"""A cable that is pulled: no word of it comes to either end, and both find out by themselves."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.hosts import Trouble, clean
from tests.support import cable
from tests.support.api import eventually, good, read
from tests.support.cutting_relay import CuttingRelay
from tests.support.daemon_program import PROGRAM
from tests.support.serving import Served, served

pytestmark = pytest.mark.faults
# Seconds: so long to live makes a beat of one second, and two of them without a word are the end of a link.
TTL = 3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    if not cable.can_have_one():
        say = pytest.fail if os.environ.get("CI") == "true" and os.geteuid() == 0 else pytest.skip
        say("no cable can be laid here: it takes root, iproute2 and iptables")
    environment = {"FLEET_HEARTBEAT_TTL": str(TTL)}
    with served(tmp_path_factory.mktemp("fleet"), environment=environment) as running:
        yield running


def test_both_ends_see_it_and_a_command_that_ran_meanwhile_is_told_afterwards(
    server: Served, api: httpx.Client, tmp_path: Path
) -> None:
    trouble = Trouble(server, tmp_path, random.Random(0))
    trouble.enrol()
    daemon = [*PROGRAM, "run", "--config", str(trouble.config)]
    gate = tmp_path / "gate"
    with (tmp_path / "log").open("wb") as log, cable.cabled(daemon, log, clean()) as wire:
        # The server listens on loopback; what waits for the host at this end of the wire leads there.
        relay = CuttingRelay(server.port, trouble.random, host=wire.here)
        settings = json.loads(trouble.config.read_text()) | {"url": relay.url, "plaintext": True}
        trouble.config.write_text(json.dumps(settings))
        wire.start()
        try:
            eventually(lambda: linked(api, trouble.host_id), 60)
            body = {"type": "shell", "params": {"command": f"echo a; until [ -e {gate} ]; do sleep 0.05; done; echo b"}}
            command_id = good(api.post(f"/v1/agents/{trouble.host_id}/commands", json=body), 201)["id"]
            eventually(lambda: trouble.output(command_id) == b"a\n", 60)

            wire.pull()
            eventually(lambda: "nothing was heard for two beats" in trouble.log, 60)
            eventually(lambda: not linked(api, trouble.host_id), 60)
            eventually(lambda: read(api, f"/api/agents/{trouble.host_id}")["status"] == "offline", 60)
            gate.touch()

            wire.plug()
            eventually(lambda: trouble.command(api, command_id)["outcome"] == "succeeded", 60)
            assert trouble.output(command_id) == b"a\nb\n"
        finally:
            relay.close()


def linked(api: httpx.Client, host_id: str) -> bool:
    """Whether the server holds a link of the host's: files are asked for over it."""
    return api.head(f"/api/agents/{host_id}/files", params={"path": "/none"}).status_code != 409
