"""Hosts are agents too, and do no work of their own: they count on their own pages, not among those who do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from flask import Flask

from fleet.db import db, write
from fleet.models import agent, fleet_figures, host
from fleet.models.agent import editable
from fleet.models.agent.search import addressed
from fleet.web.agents.listing import AgentList
from fleet.web.agents.live import AgentsTopic
from fleet.web.live.topics import Changed, Topic
from fleet.web.overview.live import OverviewTopic
from fleet.web.pages.live import FrameTopic
from fleet.web.security.policy import May
from tests.support.agents import new_agent
from tests.support.api import make_agent, read
from tests.support.application import application
from tests.support.daemons import enrol

PAGE = {"Accept": "text/html"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    with application(tmp_path) as made, made.test_request_context():
        yield made


def new_host(name: str = "web-01", **more: object) -> str:
    values = {"name": name, "worktree": "/", "kind": "host", "hostname": name} | more
    return str(write(lambda tx: editable.create(tx, values)).id)


def test_figures_and_status_count_who_works(api: httpx.Client) -> None:
    before = read(api, "/v1/fleet/status")
    enrol(api)
    make_agent(api)

    assert read(api, "/v1/fleet/status")["total_agents"] == before["total_agents"] + 1


def test_pages_of_agents_show_no_host_and_lists_of_programs_all(api: httpx.Client) -> None:
    one, agent_id = enrol(api), make_agent(api)["id"]

    for path in ("/agents?view=table", "/?view=table", "/agents?view=cards"):
        page = api.get(path, headers=PAGE).text
        assert agent_id in page
        assert one.id not in page
    ids = {kind: {a["id"] for a in read(api, f"/v1/agents?limit=1000{kind}")["agents"]} for kind in ("", "&kind=host")}
    assert {one.id, agent_id} <= ids[""]
    assert (one.id in ids["&kind=host"], agent_id in ids["&kind=host"]) == (True, False)


def test_a_filter_offers_nothing_that_only_hosts_have(app: Flask) -> None:
    new_host("only-a-host", tags=["of-hosts"], capabilities=["of-daemons"], worktree="/of-roots")

    page = app.test_client().get("/agents", headers=PAGE | {"Authorization": "Bearer fleet-agent-token-123"}).text
    assert [word for word in ("only-a-host", "of-hosts", "of-daemons", "of-roots") if word in page] == []
    assert "No agents match" not in page, "an empty list is not a narrowed one"


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    "topic",
    [FrameTopic(), OverviewTopic("cards"), OverviewTopic("table"), AgentsTopic(AgentList())],
    ids=["frame", "cards", "table", "agents"],
)
def test_a_host_that_comes_and_goes_moves_nothing_on_the_pages_of_agents(topic: Topic) -> None:
    one, working = new_host(), new_agent()

    with db.engine.connect() as connection:
        for agent_id, moves in ((one, False), (working, True)):
            changed = Changed(agents={agent_id: {"updated", "moved"}})
            assert bool(list(topic.pieces(connection, changed, May.of("admin")))) == moves


@pytest.mark.usefixtures("app")
def test_nobody_can_be_told_words_or_given_work_by_a_hosts_name() -> None:
    new_host("Harbour")

    with db.engine.connect() as connection:
        assert agent.search(connection, "harbour", 5) == []
        assert addressed(connection, ["harbour", "go"], 5) == ([], 0)
        assert [one.name for one in agent.search(connection, "harbour", 5, kind=None)] == ["Harbour"]
        assert fleet_figures.figures(connection).total == 0


def test_when_a_host_was_heard_last_is_in_the_list_although_no_version_was_raised(app: Flask) -> None:
    one = new_host(connection="online")
    client = app.test_client()
    asks = {"Authorization": "Bearer fleet-agent-token-123"}

    def listed() -> str | None:
        [shown] = client.get("/v1/agents", headers=asks).json["agents"]
        return shown["last_seen_at"]

    assert listed() is None
    write(lambda tx: host.heard(tx, [one]))
    first = listed()
    assert first is not None
    write(lambda tx: host.heard(tx, [one]))
    assert str(listed()) > first
