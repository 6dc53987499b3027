"""The Docker engine: wanted for workspaces, and for nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator

from fleet import docker as docker_engine
from fleet.config import Settings
from fleet.console.doctor.finding import Finding, note, ok

WHY = {
    "absent": "there is no socket",
    "forbidden": "this account may not use it",
    "unreachable": "nobody answers there",
}


def docker(_settings: Settings) -> Iterator[Finding]:
    """Whether it answers where DOCKER_HOST, or the usual places, say."""
    where = os.environ.get("DOCKER_HOST") or docker_engine.USUAL
    word = docker_engine.look()
    if word == "connected":
        yield ok("docker", "The engine answers.")
    else:
        yield note("docker", f"No engine at {where}: {WHY[word]}.", "Only workspaces will need one.")
