"""The list of hosts: as a page, in parts, live, for whoever may."""

from __future__ import annotations

import html

import httpx

from fleet.version import version
from tests.support.api import eventually, good, unique
from tests.support.company import Company
from tests.support.daemons import Daemon, Host, enrol, linked
from tests.support.serving import Served

HTML = {"Accept": "text/html"}
PART = HTML | {"HX-Request": "true"}


def page(api: httpx.Client, path: str) -> str:
    answer = api.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def rows(api: httpx.Client, *hosts: Host) -> str:
    answer = api.get("/hosts/rows", params=[("id", each.id) for each in hosts], headers=PART)
    assert answer.status_code == 200
    return answer.text


def test_the_page_shows_hosts_and_no_coding_agents(api: httpx.Client, host: Host) -> None:
    agent = good(api.post("/v1/agents", json={"name": unique("coder"), "worktree": "/srv/app"}))

    shown = page(api, f"/hosts?q={host.name} or {agent['name']}")

    assert f'id="host-row-{host.id}"' in shown
    assert agent["id"] not in shown
    assert "Never connected" in shown


def test_the_filter_is_read_on_the_server(api: httpx.Client, host: Host) -> None:
    assert host.id in page(api, f"/hosts?q=tag:web and name:{host.name}")
    assert host.id not in page(api, f"/hosts?q=not tag:web and name:{host.name}")
    assert host.id not in page(api, f"/hosts?q=name:{host.name}&state=active")
    wrong = page(api, "/hosts?q=tag:web and")
    assert "has to follow (at character 12)" in wrong
    assert 'aria-invalid="true"' in wrong


def test_a_daemon_of_another_version_than_the_servers_is_marked(api: httpx.Client, server: Served, host: Host) -> None:
    session: str | None = None
    for told, marked in ((version(), False), ("0.0.1", True)):
        with linked(server.url, host, version=told, session=session) as daemon:
            session = daemon.session
            shown = rows(api, host), page(api, f"/hosts/{host.id}/details")
        assert all(told in text for text in shown)
        assert [f"Not this server's {version()}" in html.unescape(text) for text in shown] == [marked, marked]


def test_tags_that_have_no_room_are_counted_and_named_on_hover(api: httpx.Client) -> None:
    few, many = enrol(api, tags=["web", "prod", "demo"]), enrol(api, tags=["kubernetes-worker", "eu-central-1", "gpu"])

    assert 'title="prod">prod</bdi>' in rows(api, few)
    assert ">+" not in rows(api, few)
    assert 'title="eu-central-1, gpu">+2</span>' in rows(api, many)


def test_what_a_filter_matches_is_said_while_it_is_typed(api: httpx.Client, host: Host) -> None:
    good_one = api.get("/hosts/matches", params={"q": f"name:{host.name}"}, headers=PART)
    wrong = api.get("/hosts/matches", params={"q": "(tag:web"}, headers=PART)

    assert "1 host matches" in good_one.text
    assert "This bracket is not closed (at character 1)" in wrong.text
    assert "data-wrong" in wrong.text
    assert "More than 500 characters" in api.get("/hosts/matches", params={"q": "a" * 600}, headers=PART).text


def test_rows_show_metrics_as_they_come_and_their_host_is_asked_for_more(
    api: httpx.Client, host: Host, daemon: Daemon
) -> None:
    rows(api, host)
    assert daemon.hear("metrics")["every"] == 5.0

    daemon.say("beat", metrics={"cpu_percent": 37.2, "mem_percent": 51, "disk_percent": 93.0, "uptime_s": 7200})
    shown = eventually(lambda: (text := rows(api, host)) and "37 %" in text and text)

    assert f'hx-target="#host-row-{host.id}"' in shown
    assert "Warning, disk 93 %" in shown
    assert "2 h" in shown
    assert daemon.hears_nothing()  # it is not asked again at each look


def test_a_strangers_ids_are_nobodys_rows(api: httpx.Client, host: Host) -> None:
    agent = good(api.post("/v1/agents", json={"name": unique("coder"), "worktree": "/srv/app"}))

    shown = api.get("/hosts/rows", params=[("id", agent["id"]), ("id", "agt_none"), ("id", host.id)], headers=PART)

    assert shown.text.count("<tr") == 1
    assert api.get("/hosts/rows", headers=PART).text == ""
    assert api.get("/hosts/rows", params=[("id", "x" * 101)], headers=PART).status_code == 400


def test_viewers_see_the_list_and_nobody_else_does(firm: Company) -> None:
    viewer, stranger = firm.join("viewer").browser, firm.visitor()
    for path in ("/hosts", "/hosts/matches", "/hosts/rows", "/hosts/new"):
        assert viewer.get(path, headers=HTML).status_code == 200
        assert stranger.get(path, headers={"Accept": "application/json"}).status_code == 401
    assert "Add host" not in viewer.get("/hosts", headers=HTML).text
    assert "Administrators make the line" in viewer.get("/hosts/new", headers=HTML).text


def test_the_line_that_adds_a_host_is_shown_once(api: httpx.Client) -> None:
    made = api.post("/enrolment-keys?for=host", headers=HTML, data={})

    assert made.status_code == 201
    assert "/api/agents/install-script?key=fle_" in made.text
    assert "install-script?key=" not in page(api, "/hosts/new")
    assert "X-Agent-Key" not in made.text
