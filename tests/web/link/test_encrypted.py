"""A link under TLS in Fleet's own process is as good as any: commands, large output, silence, the end."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator

import httpx
import pytest
from websockets.sync.client import connect

from fleet import protocol
from tests.support.api import eventually, good, read
from tests.support.certificate import make_certificate
from tests.support.daemons import HELLO, Daemon, Host, enrol
from tests.support.serving import Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    chain, key = make_certificate(tmp_path_factory.mktemp("certificate"))
    with served(tmp_path_factory.mktemp("fleet"), "--dev", "--tls-cert", str(chain), "--tls-key", str(key)) as running:
        yield running


@pytest.fixture
def api(server: Served) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.url, headers=headers, verify=False, timeout=40) as client:
        yield client


@pytest.fixture
def daemon(server: Served, api: httpx.Client) -> Iterator[Daemon]:
    host = enrol(api)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    address = f"wss://127.0.0.1:{server.port}{protocol.PATH}"
    headers = {"X-Agent-Key": host.key}
    with connect(address, additional_headers=headers, ssl=context, compression=None, proxy=None) as socket:
        linked = Daemon(socket, host)
        linked.say("hello", **(HELLO | {"hostname": host.name}))
        linked.welcome = linked.hear("welcome")
        yield linked


def queue(api: httpx.Client, host: Host, count: int = 1) -> list[str]:
    body = {"type": "shell", "params": {"command": "x" * 30_000}}
    return [good(api.post(f"/v1/agents/{host.id}/commands", json=body), 201)["id"] for _ in range(count)]


def test_a_command_runs_and_its_large_output_arrives_whole(api: httpx.Client, daemon: Daemon) -> None:
    queue(api, daemon.host)
    command = daemon.begin()
    said = os.urandom(1 << 20)
    for offset in range(0, len(said), protocol.CHUNK_MOST):
        piece = said[offset : offset + protocol.CHUNK_MOST]
        daemon.socket.send(protocol.encode_chunk(protocol.Chunk("stdout", command["id"], offset, piece)))
    while daemon.hear("want")["stdout"] < len(said):
        pass
    daemon.end(command["id"], stdout=len(said))

    ended = read(api, f"/v1/agents/{daemon.host.id}/commands/{command['id']}")
    assert (ended["outcome"], ended["execution"]["stdout_bytes"]) == ("succeeded", len(said))


def test_much_for_a_daemon_that_reads_late_arrives_in_order(api: httpx.Client, daemon: Daemon) -> None:
    sent = queue(api, daemon.host, 40)

    assert [daemon.hear("command")["id"] for _ in sent] == sent


def test_a_link_that_ends_is_noticed(api: httpx.Client, daemon: Daemon) -> None:
    daemon.socket.close()
    queue(api, daemon.host)

    waiting = eventually(lambda: read(api, f"/v1/agents/{daemon.host.id}/commands")["commands"][-1])
    assert waiting["state"] == "queued"
