"""Whether this server serves."""

from __future__ import annotations

from typing import get_args

import httpx

from fleet.docker import Word
from tests.support.api import refused
from tests.support.serving import Served


def test_health_is_open_and_tells_little(server: Served) -> None:
    answer = httpx.get(f"{server.url}/health")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    health = answer.json()
    assert set(health) == {"status", "version", "uptime", "docker"}
    assert health["status"] == "healthy"
    assert isinstance(health["uptime"], int)
    assert health["docker"] in get_args(Word)


def test_health_knows_get_and_nothing_else(server: Served) -> None:
    answer = httpx.post(f"{server.url}/health", headers={"Accept": "application/json"})

    refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert "GET" in answer.headers["Allow"]
