"""A host's commands through kills of server, daemon and runners, and through a link that is cut at any byte:
nothing lost, nothing twice, every byte the same.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

from tests.faults.hosts import COMMANDS, Trouble
from tests.support.cutting_relay import CuttingRelay
from tests.support.serving import Served

pytestmark = [pytest.mark.faults, pytest.mark.slow]

ROUNDS = int(os.environ.get("FLEET_FAULT_ROUNDS", "3"))
SEED = int(os.environ.get("FLEET_FAULT_SEED", random.SystemRandom().randrange(10**6)))
# Connections that are cut in a round, as long as the commands of it have something to say.
CUTS = 15
IMPATIENT = (sys.executable, "-m", "tests.support.impatient_daemon")


def test_what_was_acknowledged_is_done_once_and_told_whole(server: Served, tmp_path: Path) -> None:
    print(f"seed {SEED}")  # a failure is repeated by FLEET_FAULT_SEED
    trouble = Trouble(server, tmp_path, random.Random(SEED))
    trouble.enrol()
    trouble.start()
    try:
        for _ in range(ROUNDS):
            print(trouble.round())
            trouble.check()
    finally:
        trouble.kill()


def test_a_link_that_is_cut_behind_any_byte_loses_nothing_and_brings_nothing_twice(
    server: Served, tmp_path: Path
) -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    relay = CuttingRelay(server.port, chance)
    trouble = Trouble(server, tmp_path, chance, way=relay.url, program=IMPATIENT)
    trouble.enrol()
    trouble.start()
    try:
        for number in range(ROUNDS):
            before = len(relay.made)
            relay.storm(CUTS)
            trouble.send(COMMANDS)
            trouble.wait()
            relay.storm(0)
            made = relay.made[before:]
            print(f"round {number}: {len(made)} cuts, {sum(cut.of_daemon for cut in made)} in what the daemon said")
            trouble.check()
        assert len(relay.made) >= ROUNDS, "hardly anything was cut"
        assert "Traceback" not in (tmp_path / "log").read_text()
    finally:
        trouble.kill()
        relay.close()
