"""A host's commands through kills of server, daemon and runners: nothing lost, nothing twice, every byte the same."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.faults.hosts import Trouble
from tests.support.serving import Served

pytestmark = [pytest.mark.faults, pytest.mark.slow]

ROUNDS = int(os.environ.get("FLEET_FAULT_ROUNDS", "3"))
SEED = int(os.environ.get("FLEET_FAULT_SEED", random.SystemRandom().randrange(10**6)))


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
