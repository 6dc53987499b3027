"""`python -m tests.faults --rounds N`: the fault tests for longer than CI has time for; a seed repeats a run."""

from __future__ import annotations

import argparse
import os
import random
import sys

import pytest


def main() -> int:
    """pytest's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=50, help="rounds of each (%(default)s)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="what repeats a run")
    said, more = parser.parse_known_args()
    print(f"seed {said.seed}", flush=True)
    os.environ |= {"FLEET_FAULT_ROUNDS": str(said.rounds), "FLEET_FAULT_SEED": str(said.seed)}
    return int(pytest.main(["-s", "tests/faults/test_hosts.py", *more]))


if __name__ == "__main__":
    sys.exit(main())
