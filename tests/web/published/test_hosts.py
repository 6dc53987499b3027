"""Document 3's agents, to the letter: the list, one of them, its removal."""

from __future__ import annotations

import re
import time

import pytest

from fleet import protocol
from tests.support.api import eventually, good, make_agent, read, refused, unique
from tests.support.daemons import Daemon, Host, enrol, linked
from tests.web.published.conftest import ORIGIN, House

NINE = {"id", "label", "hostname", "ip", "os", "version", "status", "last_seen", "tags"}


@pytest.mark.usefixtures("daemon")
def test_a_list_is_a_bare_array_of_nine_fields_of_all_kinds(house: House, host: Host) -> None:
    coding = make_agent(house.operator, tags=["a"], hostname="dev-1", machine_address="10.9.9.9")

    listed = {one["id"]: one for one in read(house.viewer, "/api/agents")}
    assert all(set(one) == NINE for one in listed.values())
    one = listed[host.id]
    assert one | {"last_seen": 0} == {
        "id": host.id,
        "label": host.name,
        "hostname": host.name,
        "ip": "10.0.0.5",
        "os": "Debian GNU/Linux 12",
        "version": "0.1.0",
        "status": "online",
        "last_seen": 0,
        "tags": [],
    }
    assert isinstance(one["last_seen"], int)
    assert abs(one["last_seen"] - time.time()) < 120
    other = listed[coding["id"]]
    assert (other["label"], other["ip"], other["os"], other["version"]) == (coding["name"], "10.9.9.9", None, None)


def test_who_was_never_connected_is_offline_and_was_never_seen(house: House, host: Host) -> None:
    one = read(house.viewer, f"/api/agents/{host.id}")

    assert (one["status"], one["last_seen"], one["metrics"]) == ("offline", None, None)
    assert host.id in {each["id"] for each in read(house.viewer, "/api/agents?status=offline")}
    assert host.id not in {each["id"] for each in read(house.viewer, "/api/agents?status=online")}


def test_the_list_filters_pages_and_says_where_the_rest_is(house: House) -> None:
    name = unique("farm")
    hosts = [enrol(house.admin, hostname=name).id for _ in range(5)]
    whole = house.viewer.get(f"/api/agents?hostname={name}")
    assert {each["id"] for each in whole.json()} == set(hosts)
    assert (whole.headers["X-Total-Count"], "Link" in whole.headers) == ("5", False)

    seen, path = [], f"/api/agents?hostname={name}&limit=2"
    while path:
        answer = house.viewer.get(path)
        assert answer.headers["X-Total-Count"] == "5"
        seen += [each["id"] for each in good(answer)]
        links = {rel: to for to, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers["Link"])}
        path = links.get("next", "")
    assert sorted(seen) == sorted(hosts)
    assert set(links) == {"first", "prev"}


def test_who_was_seen_last_stands_first(house: House) -> None:
    name = unique("farm")
    first, second, never = (enrol(house.admin, hostname=name) for _ in range(3))
    for one in (first, second):
        with linked(house.server.url, one, hostname=name):
            time.sleep(0.01)

    assert [each["id"] for each in read(house.viewer, f"/api/agents?hostname={name}")] == [
        second.id,
        first.id,
        never.id,
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("status=idle", "INVALID_STATUS"),
        ("status=unknown", "INVALID_STATUS"),
        ("limit=0", "INVALID_LIMIT"),
        ("limit=x", "INVALID_LIMIT"),
        ("limit=1001", "INVALID_LIMIT"),
        ("offset=-1", "INVALID_OFFSET"),
        ("hostname=%00", "INVALID_HOSTNAME"),
        ("host=a", "UNKNOWN_PARAMETER"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(house: House, query: str, code: str) -> None:
    refused(house.viewer.get(f"/api/agents?{query}"), 400, code)


def test_one_has_kind_capabilities_and_its_last_metrics(house: House, host: Host, daemon: Daemon) -> None:
    processes = [{"pid": 7, "name": "secret-tool", "cpu_percent": 3.5, "rss": 4096}]
    daemon.say("beat", metrics={"cpu_percent": 12.5, "uptime_s": 86400, "processes": processes})

    one = eventually(lambda: (got := read(house.operator, f"/api/agents/{host.id}"))["metrics"] and got)
    assert set(one) == NINE | {"kind", "capabilities", "metrics"}
    assert (one["kind"], one["capabilities"]) == ("host", ["commands"])
    assert (one["metrics"]["cpu_percent"], one["metrics"]["processes"]) == (12.5, processes)
    assert isinstance(one["metrics"]["at"], int)
    seen = house.viewer.get(f"/api/agents/{host.id}")
    assert "secret-tool" not in seen.text
    assert seen.json()["metrics"]["processes"] == [{"pid": 7, "cpu_percent": 3.5, "rss": 4096}]


def test_metrics_that_are_no_metrics_harm_nobody(house: House, host: Host, daemon: Daemon) -> None:
    daemon.say("beat", metrics={"processes": "all", "at": "now", "x": {"deep": [1]}})
    eventually(lambda: read(house.viewer, f"/api/agents/{host.id}")["metrics"])
    daemon.say("beat", metrics={"processes": ["a", None, {"name": "b", "cpu": 1}]})

    eventually(lambda: read(house.viewer, f"/api/agents/{host.id}")["metrics"]["processes"] == [{}, {}, {"cpu": 1}])


def test_deleting_answers_200_ends_the_key_and_leaves_nothing(house: House, host: Host, daemon: Daemon) -> None:
    good(house.operator.post(f"/api/agents/{host.id}/commands", json={"type": "shell", "params": {"command": "true"}}))
    command = daemon.begin()
    daemon.print(command["id"], b"some output")

    answer = house.admin.delete(f"/api/agents/{host.id}")
    assert (answer.status_code, answer.json()) == (200, {"status": "deleted"})
    assert daemon.hear("bye")["code"] == protocol.KEY_ENDED
    refused(house.admin.delete(f"/api/agents/{host.id}"), 404, "AGENT_NOT_FOUND")
    for path in ("", "/commands", f"/commands/{command['id']}"):
        refused(house.operator.get(f"/api/agents/{host.id}{path}"), 404, "AGENT_NOT_FOUND")
    with house.host_client(host) as own:
        report = f"/api/agents/{host.id}/report"
        eventually(lambda: own.post(report, json={"hostname": "x"}).status_code == 401)


def test_json_is_what_everybody_gets_and_nobody_is_told_the_way_before_401(house: House, host: Host) -> None:
    for accept in ("text/html", "*/*", "application/json"):
        headers = {"Accept": accept}
        for path, status in ((f"/api/agents/{host.id}", 200), ("/api/agents/nope", 404), ("/api/agents/x/y/z", 404)):
            answer = house.viewer.get(path, headers=headers)
            assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
            refused(house.nobody.get(path, headers=headers), 401, "MISSING_AUTH_TOKEN")
    refused(house.nobody.get("/api/nothing"), 401)


def test_a_script_of_a_listed_site_may_call_and_read_how_many_there_are(house: House) -> None:
    for origin, allowed in ((ORIGIN, True), ("https://elsewhere.example", False)):
        answer = house.viewer.get("/api/agents", headers={"Origin": origin})
        assert (answer.headers.get("Access-Control-Allow-Origin") == origin) == allowed
        asks = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        assert (house.nobody.options("/api/agents", headers=asks).status_code == 204) == allowed
    assert (
        "X-Total-Count"
        in house.viewer.get("/api/agents", headers={"Origin": ORIGIN}).headers["Access-Control-Expose-Headers"]
    )


def test_every_route_asks_for_its_role(house: House, host: Host) -> None:
    mine = f"/api/agents/{host.id}"
    routes = {
        ("GET", "/api/agents"): "viewer",
        ("GET", mine): "viewer",
        ("GET", f"{mine}/stream/metrics"): "viewer",
        ("GET", f"{mine}/commands"): "operator",
        ("POST", f"{mine}/commands"): "operator",
        ("GET", f"{mine}/commands/nope"): "operator",
        ("DELETE", f"{mine}/commands/nope"): "operator",
        ("GET", f"{mine}/stream/commands/nope"): "operator",
        ("DELETE", mine): "admin",
    }
    order = ["nobody", "viewer", "operator", "admin"]
    for (method, path), least in routes.items():
        for role in order[: order.index(least)]:
            status = house.by(role).request(method, path).status_code
            assert status == (401 if role == "nobody" else 403), (method, path, role)
        with house.host_client(host) as own:
            assert own.request(method, path).status_code == 403, (method, path)
    for role in order[1:]:
        refused(house.by(role).post(f"{mine}/report", json={"hostname": "x"}), 403, "FORBIDDEN")
    assert read(house.viewer, mine)["id"] == host.id


def test_an_unknown_agent_is_404_under_each_route(house: House) -> None:
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/commands"),
        ("GET", "/commands/cmd_x"),
        ("DELETE", "/commands/cmd_x"),
        ("GET", "/stream/metrics"),
        ("GET", "/stream/commands/cmd_x"),
    ):
        refused(house.admin.request(method, f"/api/agents/agt_nope{path}"), 404, "AGENT_NOT_FOUND")
