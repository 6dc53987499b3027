"""What a daemon is told has arrived is on the disk: it throws its own copy away for that word."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import httpx
import pytest

from fleet import protocol
from tests.support.api import good
from tests.support.daemons import Host, enrol, linked
from tests.support.serving import Served

pytestmark = pytest.mark.faults
PRINTED = b"once\n"


def begun(server: Served, host: Host, api: httpx.Client) -> tuple[str, str]:
    """A command that has begun on the host, and the session of the link that it came by."""
    body = {"type": "shell", "params": {"command": "echo once"}}
    made = good(api.post(f"/v1/agents/{host.id}/commands", json=body), 201)
    with linked(server.url, host) as daemon:
        daemon.begin()
        return str(made["id"]), daemon.session


@pytest.mark.parametrize("last", ["chunk", "ended"])
def test_nothing_is_acknowledged_before_it_is_committed(server: Served, api: httpx.Client, last: str) -> None:
    host = enrol(api)
    command_id, session = begun(server, host, api)
    running: list[dict[str, Any]] = [{"id": command_id, "stdout": len(PRINTED), "stderr": 0}]
    chunk = protocol.encode_chunk(protocol.Chunk("stdout", command_id, 0, PRINTED))
    with (
        linked(server.url, host, session=session, running=running) as daemon,
        closing(sqlite3.connect(server.database, isolation_level=None)) as somebody,
    ):
        if last == "ended":
            daemon.print(command_id, PRINTED)
        somebody.execute("BEGIN IMMEDIATE")  # from now on nobody else can commit
        if last == "chunk":
            daemon.socket.send(chunk)
        else:
            daemon.say("ended", id=command_id, state="succeeded", exit_code=0, ms=10, stdout=len(PRINTED))
        assert daemon.hears_nothing(1.0)
        session = daemon.session
        server.kill()
    server.start()

    with linked(server.url, host, session=session, running=running) as daemon:
        kept = daemon.welcome["want"][command_id]["stdout"]
        assert kept == (0 if last == "chunk" else len(PRINTED))
        assert daemon.print(command_id, PRINTED)["stdout"] == len(PRINTED)
        daemon.end(command_id, stdout=len(PRINTED))
    shown = good(api.get(f"/v1/agents/{host.id}/commands/{command_id}"))
    assert (shown["outcome"], shown["execution"]["stdout_bytes"]) == ("succeeded", len(PRINTED))
