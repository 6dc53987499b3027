"""Bound beyond loopback, Fleet says where it is, answers to its own names, and never leads anybody to 0.0.0.0."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from fleet import addresses
from fleet.config import Settings
from fleet.server.banner import others
from tests.support.console import fleet
from tests.support.serving import Served
from tests.support.tokens import make_token

UNSPECIFIED = re.compile(r"https?://(?:0\.0\.0\.0|\[::\]|localhost|127\.)")


@pytest.fixture(scope="module")
def open_to_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = Served(tmp_path_factory.mktemp("open"), ("--log-level", "info"), host="0.0.0.0").start()
    yield server
    server.kill()


@pytest.fixture
def program(open_to_all: Served) -> Iterator[httpx.Client]:
    token = make_token(open_to_all, "admin").secret
    with httpx.Client(base_url=open_to_all.url, headers={"Authorization": f"Bearer {token}"}, timeout=40) as client:
        yield client


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two addresses of each version."""
    monkeypatch.setattr(addresses, "addresses", lambda: ("192.168.1.20", "2001:db8::20", "10.0.0.2", "fd00::2"))
    monkeypatch.setattr(addresses, "names", lambda: frozenset({"mybox", "mybox.local"}))


def test_each_address_that_is_said_at_the_start_answers(open_to_all: Served) -> None:
    said = re.findall(r"(?:is|and) at (http://\S+)", open_to_all.log)

    assert len(said) == len(addresses.reachable("0.0.0.0")) + len(addresses.names()) + 1
    assert not [url for url in said if "0.0.0.0" in url]
    for url in said:
        if re.search(r"//(?:[\d.]+|localhost):", url):  # whether a name is known to others is their resolver's matter
            assert httpx.get(f"{url}/health", timeout=20).status_code == 200


def test_the_first_way_in_leads_to_an_address_that_works_elsewhere(open_to_all: Served) -> None:
    (link,) = re.findall(r"(http://\S+)/login\?link=", open_to_all.log)

    assert link == f"http://{addresses.shown('0.0.0.0')}:{open_to_all.port}"


def test_it_answers_to_the_machines_own_names_and_to_no_other(open_to_all: Served) -> None:
    names = addresses.names() | {name.upper() for name in addresses.names()}
    for host in [*names, *(f"{name}:{open_to_all.port}" for name in names), *addresses.reachable("0.0.0.0")]:
        assert httpx.get(f"{open_to_all.url}/health", headers={"Host": host}).status_code == 200, host
    for host in ("evil.example", *(f"{name}.evil.example" for name in names), *(f"evil-{name}" for name in names)):
        assert httpx.get(f"{open_to_all.url}/health", headers={"Host": host}).status_code == 421, host


@pytest.mark.skipif(not addresses.reachable("0.0.0.0"), reason="this machine has no network")
def test_no_page_leads_to_this_machine_only(open_to_all: Served, program: httpx.Client) -> None:
    pages = {path: program.get(path, headers={"Accept": "text/html"}) for path in ("/", "/agents/new", "/tokens")}
    pages["made"] = program.post("/tokens", data={"name": "ci", "role": "viewer"}, headers={"Accept": "text/html"})
    link = program.post("/v1/people", json={"email": "ada@example.net", "role": "viewer"})

    for path, page in pages.items():
        assert page.is_success, path
        assert not UNSPECIFIED.search(page.text), path
    assert f"http://{addresses.shown('0.0.0.0')}:{open_to_all.port}/v1/agents" in pages["/agents/new"].text
    assert not UNSPECIFIED.search(link.text)


@pytest.mark.skipif(not addresses.reachable("0.0.0.0"), reason="this machine has no network")
def test_a_host_is_sent_to_where_it_can_reach_this_one(open_to_all: Served, program: httpx.Client) -> None:
    key = program.post("/v1/enrolment-keys", json={}).json()["key"]

    script = program.get("/api/agents/install-script", params={"key": key}).text

    assert f"http://{addresses.shown('0.0.0.0')}:{open_to_all.port}" in script
    assert f"http://127.0.0.1:{open_to_all.port}" not in script


def test_whoever_comes_by_an_address_is_shown_that_one(program: httpx.Client) -> None:
    page = program.get("/agents/new", headers={"Accept": "text/html", "Host": "10.1.2.3:99"})

    assert "http://10.1.2.3:99/v1/agents" in page.text


@pytest.mark.parametrize(
    ("host", "urls"),
    [
        ("localhost", []),
        ("127.0.0.1", []),
        ("192.168.1.20", ["http://192.168.1.20:80/f"]),
        ("0.0.0.0", ["http://192.168.1.20:80/f", "http://10.0.0.2:80/f"]),
        ("::", ["http://[2001:db8::20]:80/f", "http://[fd00::2]:80/f"]),
    ],
)
@pytest.mark.usefixtures("two")
def test_addresses_are_whole(host: str, urls: list[str]) -> None:
    settings = Settings(host=host, port=80, base_path="/f")

    assert settings.reachable_urls == urls
    assert settings.url == (urls or [f"http://{host}:80/f"])[0]


@pytest.mark.usefixtures("two")
def test_the_banner_names_the_other_addresses_and_names() -> None:
    assert others(Settings(host="0.0.0.0")) == [
        "  and at http://10.0.0.2:8080",
        "  and at http://mybox:8080",
        "  and at http://mybox.local:8080",
        "  and at http://localhost:8080",
    ]
    assert others(Settings()) == others(Settings(host="192.168.1.20")) == []


@pytest.mark.usefixtures("two")
def test_what_was_set_comes_before_what_was_found() -> None:
    settings = Settings(host="0.0.0.0", public_url="https://fleet.example.com", base_path="/f")

    assert settings.url == "https://fleet.example.com/f"
    assert others(settings)[0] == "  and at http://192.168.1.20:8080/f"


@pytest.mark.skipif(not addresses.reachable("0.0.0.0"), reason="this machine has no network")
def test_a_link_made_beside_the_server_leads_there(open_to_all: Served) -> None:
    done = fleet("user", "add", "kim@example.net", "--role", "viewer", "-d", open_to_all.database)

    assert done.stdout.startswith(f"http://{addresses.shown('0.0.0.0')}:{open_to_all.port}/login?link=")
