"""Running schemathesis against a furnished Fleet: its command, its settings, what it may leave out and why."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tomlkit

from tests.contract.house import House

HERE = Path(__file__).parent
# Answers that are right to a good request: what is there, what others did and who asks may stand against it.
GOOD_FOR_POSITIVE = ["2xx", "401", "403", "404", "409", "412", "429"]
# Answers that are right to a bad one: another fault of the request may be seen first.
GOOD_FOR_NEGATIVE = ["400", "401", "403", "404", "405", "409", "412", "413", "414", "421", "429", "431"]
# OpenAPI 3.1 has no word for the frames of a stream, and schemathesis none for ours (`x-frames`):
# tests/web/openapi/test_frames.py holds each kind of frame against it.
STREAM = {"include-path": "/v1/stream", "checks": {"response_schema_conformance": {"enabled": False}}}
# Whoever shows no credential is told 401 before 405, so that nobody maps the house from outside; here it is in the query.
SCRIPT = {"include-path": "/api/agents/install-script", "checks": {"unsupported_method": {"enabled": False}}}
# They connect to the machine that is named, or need a host that is linked, and parameters that belong together:
# tests/web/deployments and tests/web/published try them.
ELSEWHERE = (
    "/api/agents/deploy",
    "/v1/deployments",
    *(f"{prefix}/agents/{{agent_id}}/files" for prefix in ("/api", "/v1")),
    "/api/agents/{agent_id}/stream/logs",
    "/v1/agents/{agent_id}/logs/stream",
    "/v1/link/transfers/{transfer_id}",
)
# How often a path leads to what is there, and not to anybody's guess.
LIKELY = 0.8


@dataclass(frozen=True)
class Plan:
    """How much is tried: cases for each operation, from which seed, on which paths (all: none named)."""

    seed: int = 12
    examples: int = 100
    only: Sequence[str] = ()


def settings(house: House) -> dict[str, object]:
    """schemathesis' configuration: every check but one.

    `hooks.py` has its own of what is accepted, which knows the rules that no schema tells.
    """
    return {
        "hooks": str(HERE / "hooks.py"),
        "max-stream-events": 1,
        "request-timeout": 20,
        "continue-on-failure": True,
        "cache": {"enabled": False},
        "auth": {"openapi": {"bearer": {"bearer": house.token}}},
        "generation": {"database": "none"},
        "operations": [STREAM, SCRIPT],
        "dictionaries": {name: {"values": [value]} for name, value in house.ids.items()},
        "parameters": {f"path.{name}": {"dictionary": name, "probability": LIKELY} for name in house.ids},
        "checks": {
            "positive_data_acceptance": {"expected-statuses": GOOD_FOR_POSITIVE, "enabled": False},
            "negative_data_rejection": {"expected-statuses": GOOD_FOR_NEGATIVE},
        },
    }


def run(house: House, folder: Path, plan: Plan) -> subprocess.CompletedProcess[str]:
    """Try it; what was found stands in the output, and the exit code is 0 when that is nothing."""
    configuration = folder / "schemathesis.toml"
    configuration.write_text(tomlkit.dumps(settings(house)))
    description = folder / "openapi.json"
    description.write_bytes(house.description())
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration), "--no-color", "run"]
    command += [str(description), "--url", house.server.url]
    command += ["--seed", str(plan.seed), "--max-examples", str(plan.examples)]
    for path in plan.only:
        command += ["--include-path", path]
    for path in ELSEWHERE:
        command += ["--exclude-path", path]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **house.own}, text=True, capture_output=True, check=False
    )
