"""Hosts in a browser: found, watched, told what to do; what they print and log is there as it comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.browser.test_accessibility import in_every_look
from tests.support.api import good, unique
from tests.support.browser.page import live
from tests.support.daemon_host import RealHost, real_host
from tests.support.daemons import Daemon, enrol, linked
from tests.support.serving import Served

METRICS = {"cpu_percent": 12.5, "mem_percent": 41.0, "disk_percent": 91.0, "uptime_s": 260_000, "load": [0.5, 0.4, 0.3]}


def leave(page: Page) -> None:
    """Nothing asks for a host that is about to be removed."""
    page.goto("about:blank")


@pytest.fixture
def daemon(page: Page, server: Served, api: httpx.Client) -> Iterator[Daemon]:
    with linked(server.url, enrol(api, unique("web"), tags=["web"])) as connected:
        connected.say("beat", metrics=METRICS)
        yield connected
    leave(page)
    good(api.delete(f"/v1/agents/{connected.host.id}"), 204)


@pytest.fixture
def machine(page: Page, api: httpx.Client, tmp_path: Path) -> Iterator[RealHost]:
    with real_host(api, tmp_path) as host:
        yield host
    leave(page)
    good(api.delete(f"/v1/agents/{host.id}"), 204)


def queue(api: httpx.Client, daemon: Daemon, text: str) -> str:
    body = {"type": "shell", "params": {"command": text}}
    sent = good(api.post(f"/v1/agents/{daemon.host.id}/commands", json=body), 201)["id"]
    while True:  # the page watches: its wish for metrics may come first
        said = daemon.hear()
        if said["type"] == "command":
            break
    for kind in ("accepted", "started"):
        daemon.say(kind, id=sent)
    return str(sent)


def ready(page: Page) -> None:
    expect(page.locator("h1")).to_be_visible()


@pytest.mark.parametrize("path", ["/hosts", "/hosts/new", "{host}", "{host}/commands", "{host}/logs", "{host}/details"])
def test_axe_finds_nothing(page: Page, daemon: Daemon, path: str) -> None:
    page.goto(path.replace("{host}", f"/hosts/{daemon.host.id}"))

    in_every_look(page, f"hosts {path}", ready)


def test_hosts_are_filtered_by_an_expression(page: Page, daemon: Daemon) -> None:
    page.goto("/hosts?q=tag:web and not os:windows")
    expect(page.get_by_role("link", name=daemon.host.name)).to_be_visible()
    expect(page.locator(".state-warning").filter(has_text="disk 91 %").first).to_be_visible()

    page.goto("/hosts?q=tag:nobody")
    expect(page.get_by_role("link", name=daemon.host.name)).to_have_count(0)


def test_what_a_command_prints_is_there_as_it_comes(page: Page, api: httpx.Client, daemon: Daemon) -> None:
    command_id = queue(api, daemon, "apt-get upgrade")
    page.goto(f"/hosts/{daemon.host.id}/commands/{command_id}")
    live(page)
    log = page.locator("#output-log")
    said = b"\x1b[32mok\x1b[0m <b>done</b>\nGet 10%\rGet 100%"
    daemon.print(command_id, said)
    expect(log).to_contain_text("ok <b>done</b>")
    expect(log).to_contain_text("Get 100%")
    expect(log).not_to_contain_text("Get 10%\r")
    expect(page.locator(".sgr-fg-2")).to_have_text("ok")
    in_every_look(page, "a command that runs", ready)
    daemon.end(command_id, "failed", exit_code=3, stdout=len(said))
    expect(page.locator("#command-head")).to_contain_text("Failed")
    expect(page.locator("#command-facts")).to_contain_text("3")
    expect(page.locator("[data-follow]")).to_be_hidden()


def test_a_time_of_day_stays_in_my_zone_when_the_server_writes_its_own(
    windows: Windows, api: httpx.Client, daemon: Daemon
) -> None:
    command_id = queue(api, daemon, "sleep 60")
    page = windows.open(timezone_id="Asia/Kolkata")
    page.goto(f"/hosts/{daemon.host.id}/commands/{command_id}")
    live(page)
    sent = page.locator("#command-facts time[data-clock]").first
    local = sent.inner_text()
    # As a morph does it: the text that is there gets other words.
    page.evaluate("() => { document.querySelector('#command-facts time[data-clock]').firstChild.data = '99:99'; }")
    expect(sent).to_have_text(local)
    page.close()


def test_nobody_asks_for_the_log_of_a_host_that_is_offline(page: Page, api: httpx.Client) -> None:
    host = enrol(api, unique("away"))
    page.goto(f"/hosts/{host.id}/logs?source=journald")
    live(page)

    expect(page.locator(".logs-state")).to_have_text("Not followed")
    expect(page.locator("[data-none]")).to_contain_text("offline")
    leave(page)
    good(api.delete(f"/v1/agents/{host.id}"), 204)


def test_a_log_is_followed_filtered_and_paused(page: Page, machine: RealHost) -> None:
    path = machine.logs / "app.log"
    path.write_text("".join(f"line {number}\n" for number in range(300)))
    page.goto(f"/hosts/{machine.id}/logs?source=file&path={path}")
    lines, state = page.locator("#log-lines .out-line"), page.locator(".logs-state")
    expect(lines).to_have_count(200)
    expect(state).to_have_text("Following")

    with path.open("a") as file:
        file.write("<b>broken</b> error\n")
    expect(lines.last).to_have_text("<b>broken</b> error")
    page.get_by_label("Show only lines with these words").fill("ERROR")
    expect(page.locator("#log-lines .out-line:visible")).to_have_count(1)
    page.get_by_role("button", name="Pause").click()
    with path.open("a") as file:
        file.write("one more error\n")
    expect(page.get_by_role("button", name="Go on (1 new)")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#log-lines .out-line:visible")).to_have_count(2)
    in_every_look(page, "a log", ready)


def test_a_flood_stays_within_bounds_and_what_was_left_out_is_counted(page: Page, machine: RealHost) -> None:
    path, other = machine.logs / "flood.log", machine.logs / "calm.log"
    path.write_text("first\n")
    other.write_text("of the other file\n")
    page.goto(f"/hosts/{machine.id}/logs?source=file&path={path}")
    rows = page.locator("#log-lines .out-line")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Pause").click()
    with path.open("a") as file:
        file.writelines(f"flood {number}\n" for number in range(7_000))
    expect(page.get_by_role("button", name="Go on (7,000 new)")).to_be_visible()
    page.get_by_role("button", name="Go on").click()

    expect(rows.last).to_have_text("flood 6999")
    expect(page.locator("#log-lines .out-gap")).to_have_text("2,001 lines came meanwhile and are not shown")
    assert page.locator("#log-lines").evaluate("lines => lines.childElementCount") <= 5_000

    page.get_by_label("Path").fill(str(other))
    page.get_by_role("button", name="Follow", exact=True).click()
    expect(rows.last).to_have_text("of the other file")
    assert [text for text in rows.all_text_contents() if "flood" in text] == []
