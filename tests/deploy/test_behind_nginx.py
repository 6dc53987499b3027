"""Behind a TLS proxy, under a sub-path: links, redirects, cookies, streams, and whose address is logged."""

from __future__ import annotations

import http.client
import json
import re
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.certificate import make_certificate
from tests.support.console import fleet
from tests.support.nginx import nginx
from tests.support.serving import Served, free_port, served
from tests.support.tokens import make_token


@dataclass(frozen=True)
class Behind:
    """Fleet behind nginx: the server, the proxy's address, and an administrator's token."""

    server: Served
    port: int
    token: str
    trusting: ssl.SSLContext
    chain: Path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    folder = tmp_path_factory.mktemp("behind")
    chain, key = make_certificate(folder)
    port = free_port()
    environment = {"FLEET_BASE_PATH": "/fleet", "FLEET_TRUSTED_PROXIES": "127.0.0.1"}
    with (
        served(folder, "--public-url", f"https://localhost:{port}", environment=environment) as server,
        nginx(folder / "nginx", server.port, certificate=(chain, key), port=port),
    ):
        trusting = ssl.create_default_context(cafile=str(chain))
        yield Behind(server, port, make_token(server, "admin").secret, trusting, chain)


@pytest.fixture
def browser(behind: Behind) -> Iterator[httpx.Client]:
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=behind.url, verify=behind.trusting, headers=headers, timeout=30) as client:
        yield client


def test_a_person_signs_in_and_every_link_stays_under_the_path(behind: Behind, browser: httpx.Client) -> None:
    away = browser.get("/fleet/agents")
    assert (away.status_code, away.headers["Location"]) == (303, "/fleet/login?next=%2Fagents")
    form = browser.get(away.headers["Location"])
    assert 'action="/fleet/login"' in form.text

    inside = browser.post("/fleet/login", data={"token": behind.token, "next": "/agents"})
    assert (inside.status_code, inside.headers["Location"]) == (303, "/fleet/agents")
    assert inside.headers["Set-Cookie"].startswith("__Host-fleet_session=")

    for path in ("/fleet/", "/fleet/agents", "/fleet/agents/new", "/fleet/tasks", "/fleet/activity"):
        page = browser.get(path)
        assert page.status_code == 200, path
        addresses = re.findall(
            r'(?:href|src|action|data-address|data-hub|data-event-stream|hx-get|hx-post)="(/[^"]*)"', page.text
        )
        assert len(addresses) > 10
        assert [address for address in addresses if not address.startswith("/fleet/")] == []
    for address in set(re.findall(r'(?:href|src)="(/fleet/static/[^"#]*)', page.text)):
        assert browser.get(address).status_code == 200, address


def test_frames_flow_with_the_defaults_of_nginx(behind: Behind) -> None:
    bearer = {"Authorization": f"Bearer {behind.token}"}
    connection = http.client.HTTPSConnection("localhost", behind.port, context=behind.trusting, timeout=20)
    connection.request("GET", "/fleet/v1/stream", headers=bearer)
    answer = connection.getresponse()
    assert answer.readline().startswith(b"id:"), "the first frame comes at once"
    with httpx.Client(base_url=behind.url, verify=behind.trusting, headers=bearer) as api:
        began = time.monotonic()
        api.post("/fleet/v1/agents", json={"name": "flowing", "worktree": "/w"})
        while b"flowing" not in answer.readline():
            pass
    assert time.monotonic() - began < 5
    connection.close()


def logged(server: Served, path: str) -> dict[str, object]:
    """The log's line about a request, which is written once its answer has left."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        lines = [json.loads(line) for line in server.log.splitlines() if line.startswith("{") and line.endswith("}")]
        if found := [line for line in lines if line.get("path") == path]:
            return dict(found[0])
        time.sleep(0.05)
    raise AssertionError(f"nothing is logged about {path}")


def test_the_log_names_who_asked_and_no_proxy(behind: Behind) -> None:
    with httpx.Client(base_url=behind.url, verify=behind.trusting) as api:
        headers = {"Authorization": f"Bearer {behind.token}", "X-Forwarded-For": "203.0.113.9"}
        assert api.get("/fleet/v1/fleet/status?token=flt_secret", headers=headers).status_code == 200

    asked = logged(behind.server, "/fleet/v1/fleet/status")
    assert asked["remote"] == "203.0.113.9", "nginx on a trusted address vouches for whom it names"
    assert str(asked["who"]).startswith("admin-")
    assert behind.token not in behind.server.log
    assert "flt_secret" not in behind.server.log


def test_doctor_finds_the_proxy_in_order(behind: Behind) -> None:
    environment = {
        "FLEET_PUBLIC_URL": behind.url,
        "FLEET_BASE_PATH": "/fleet",
        "FLEET_TRUSTED_PROXIES": "127.0.0.1",
        "FLEET_TOKEN": behind.token,
        "SSL_CERT_FILE": str(behind.chain),
    }
    done = fleet("doctor", "--json", "-d", behind.server.database, "-p", behind.server.port, environment=environment)

    found = {finding["check"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert [found[check]["level"] for check in ("public_url", "stream", "forwarded headers")] == ["ok"] * 3, found


def test_doctor_says_that_frames_are_buffered(behind: Behind, tmp_path: Path) -> None:
    # A proxy that does not heed X-Accel-Buffering, as many do not.
    headers = "proxy_ignore_headers X-Accel-Buffering; proxy_buffering on; proxy_buffers 8 64k; gzip on; gzip_types *;"
    with nginx(tmp_path / "nginx", behind.server.port, headers=headers) as port:
        environment = {
            "FLEET_PUBLIC_URL": f"http://localhost:{port}",
            "FLEET_BASE_PATH": "/fleet",
            "FLEET_TOKEN": behind.token,
        }
        done = fleet(
            "doctor",
            "--json",
            "-d",
            behind.server.database,
            "-p",
            behind.server.port,
            environment=environment,
        )

    found = {finding["check"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    assert found["stream"]["level"] == "problem", found["stream"]
    assert "proxy_buffering off" in found["stream"]["remedy"]
    assert found["forwarded headers"]["level"] == "warning"
