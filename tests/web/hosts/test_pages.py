"""One host's page: its tabs, its gauges, its forms; an agent's address of a host leads there."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from tests.support.api import eventually, good, make_agent
from tests.support.company import Company
from tests.support.daemons import Daemon, Host, enrol, linked
from tests.support.hosts import METRICS
from tests.support.serving import Served

HTML = {"Accept": "text/html"}
PART = HTML | {"HX-Request": "true"}


def page(api: httpx.Client, path: str) -> str:
    answer = api.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("tab", ["", "/commands", "/agents", "/details"])
def test_a_host_has_its_tabs_before_and_after_its_daemon_has_come(
    api: httpx.Client, server: Served, host: Host, tab: str
) -> None:
    assert "Never connected" in page(api, f"/hosts/{host.id}{tab}")
    with linked(server.url, host):
        assert "Idle" in page(api, f"/hosts/{host.id}{tab}")


@pytest.mark.parametrize(
    ("path", "goes_to"), [("", ""), ("/commands", "/commands"), ("/details", "/details"), ("/activity", "")]
)
def test_a_hosts_address_among_agents_leads_to_its_page(api: httpx.Client, host: Host, path: str, goes_to: str) -> None:
    answer = api.get(f"/agents/{host.id}{path}", headers=HTML)

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/hosts/{host.id}{goes_to}"
    assert good(api.get(f"/v1/agents/{host.id}"))["id"] == host.id


@pytest.mark.parametrize(
    ("ahead", "sentence"),
    [
        (0, "as the server's"),
        (3 * 365 * 86_400 + 60, "3 y ahead"),
        (-7_300, "2 h behind"),
        (-1e300, "behind"),
        (None, "not told"),
    ],
)
def test_a_clock_that_is_wrong_is_shown_and_nothing_goes_by_it(
    api: httpx.Client, server: Served, host: Host, ahead: float | None, sentence: str
) -> None:
    told = {} if ahead is None else {"clock": time.time() + ahead}

    with linked(server.url, host, **told):
        clock = page(api, f"/hosts/{host.id}/details").partition("<dt>Clock</dt>")[2].partition("</dd>")[0]
        assert sentence in clock
        assert good(api.get(f"/v1/agents/{host.id}"))["connection"] == "online"


def test_a_coding_agent_is_no_host(api: httpx.Client) -> None:
    agent = make_agent(api)

    for path in ("", "/commands", "/gauges"):
        assert api.get(f"/hosts/{agent['id']}{path}", headers=HTML).status_code == 404
    assert api.get("/hosts/agt_none", headers=HTML).status_code == 404
    assert api.get(f"/agents/{agent['id']}", headers=HTML).status_code == 200


def test_gauges_come_anew_and_make_the_daemon_tell_more(api: httpx.Client, host: Host, daemon: Daemon) -> None:
    at = f"/hosts/{host.id}/gauges"
    assert 'hx-target="#host-gauges"' in api.get(at, headers=PART).text
    assert daemon.hear("metrics")["every"] == 5.0

    daemon.say("beat", metrics=METRICS | {"cpu_percent": 88.0})
    shown = eventually(lambda: (text := api.get(at, headers=PART).text) and "88 %" in text and text)

    for words in ("0.50 0.40 0.30", "eth0", "1.2 KB/s in", "systemd", "3 d"):
        assert words in shown


@pytest.mark.parametrize(
    "metrics",
    [
        {"cpu_percent": "much", "load": "heavy", "disks": "/", "network": {"a": 1}, "processes": [1, None, []]},
        {"cpu_percent": None, "load": [None, "x", -1], "disks": [{"mount": 1, "total": 0}], "network": [{"in": "x"}]},
        {"disks": [{"mount": "<b>{{7*7}}", "total": 1e300, "used": True}] * 100, "uptime_s": -5},
        {"processes": [{"pid": 1.5, "name": ["x"], "cpu_percent": "1", "rss": {}}], "uptime_s": "long"},
    ],
)
def test_whatever_a_daemon_tells_the_page_is_there(
    api: httpx.Client, host: Host, daemon: Daemon, metrics: dict[str, Any]
) -> None:
    daemon.say("beat", metrics=metrics | {"mem_percent": 41.0})

    shown = eventually(
        lambda: (text := api.get(f"/hosts/{host.id}/gauges", headers=PART).text) and "41 %" in text and text
    )
    assert "<b>" not in shown
    assert "&lt;b&gt;49" not in shown
    assert api.get("/hosts", headers=HTML).status_code == 200


def test_viewers_see_no_names_of_processes(firm: Company) -> None:
    host = enrol(firm.admin)
    viewer, operator = firm.join("viewer").browser, firm.join("operator").browser
    with linked(firm.server.url, host) as daemon:
        daemon.say("beat", metrics=METRICS)
        at = f"/hosts/{host.id}/gauges"
        eventually(lambda: "systemd" in operator.get(at, headers=PART).text)
        for path in (at, f"/hosts/{host.id}"):
            shown = viewer.get(path, headers=PART | {"HX-Request-Type": "full"}).text
            assert "eth0" in shown
            assert "systemd" not in shown


def test_forms_about_a_host_come_back_to_its_page(api: httpx.Client, host: Host) -> None:
    at = f"/agents/{host.id}"
    renamed = api.post(at, data={"_method": "PATCH", "name": ""}, headers=HTML)
    assert renamed.status_code == 400
    assert "Delete this host" in renamed.text
    made = api.post(f"{at}/keys", data={"overlap": "600"}, headers=HTML)
    assert made.status_code == 201
    assert "fla_" in made.text
    assert "Delete this host" in made.text

    wrong = api.post(at, data={"_method": "DELETE", "confirm": "no"}, headers=HTML)
    assert wrong.status_code == 400
    assert "Delete this host" in wrong.text
    gone = api.post(at, data={"_method": "DELETE", "confirm": host.name}, headers=HTML)
    assert (gone.status_code, gone.headers["Location"]) == (303, "/hosts")
    assert api.get(f"/hosts/{host.id}", headers=HTML).status_code == 404
