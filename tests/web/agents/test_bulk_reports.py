"""What was said to many leads to a report: who has read it, who has answered, who is silent."""

from __future__ import annotations

import httpx
import pytest

from tests.support.api import JSON, good, make_agent, read, refused, unique
from tests.support.event_stream import Reader
from tests.support.serving import Served
from tests.support.tokens import Token, browser, client, make_tokens
from tests.web.stops.test_views import pieces


@pytest.fixture(scope="module")
def viewer(server: Served) -> Token:
    return make_tokens(server, [("viewer",)])[0]


@pytest.fixture
def agents(api: httpx.Client) -> list[JSON]:
    """Four agents, by name."""
    return [make_agent(api, name=unique(f"{place}-Told")) for place in range(4)]


def send(api: httpx.Client, agents: list[JSON], *more: str) -> JSON:
    body = {"ids": [agent["id"] for agent in agents] + [*more], "content": "Re<b>base"}
    sent: JSON = good(api.post("/v1/agents/bulk-commands", json=body))
    return sent


def report(api: httpx.Client, sent: JSON) -> JSON:
    shown: JSON = read(api, f"/v1/agents/bulk-commands/{sent['id']}")
    return shown


def tell(api: httpx.Client, result: JSON, **said: str) -> None:
    command = result["command"]
    good(api.patch(f"/v1/agents/{command['agent_id']}/commands/{command['id']}", json=said))


def figures(shown: JSON) -> tuple[int, ...]:
    return tuple(shown[name] for name in ("told", "read", "answered", "silent"))


def test_the_report_counts_who_has_read_and_answered(api: httpx.Client, agents: list[JSON]) -> None:
    sent = send(api, agents, "agt_gone")
    assert figures(report(api, sent)) == (4, 0, 0, 4)
    reads, answers, withdrawn, _silent = sent["results"][:4]
    tell(api, reads, status="acknowledged")
    tell(api, answers, status="completed", response="Done")
    command = withdrawn["command"]
    good(api.delete(f"/v1/agents/{command['agent_id']}/commands/{command['id']}"))

    shown = report(api, sent)
    assert figures(shown) == (4, 2, 1, 1)
    assert [each["standing"] for each in shown["commands"]] == ["read", "answered", "withdrawn", "silent"]
    assert [each["agent_name"] for each in shown["commands"]] == [agent["name"] for agent in agents]
    assert shown["commands"][1]["response"] == "Done"
    assert (shown["content"], shown["type"], shown["sent_by"]) == ("Re<b>base", "instruction", "Developer")
    assert sent["results"][0]["command"]["bulk_id"] == sent["id"]


def test_it_outlives_its_agents(api: httpx.Client, agents: list[JSON]) -> None:
    sent = send(api, agents)
    for agent in agents:
        good(api.delete(f"/v1/agents/{agent['id']}"))

    assert figures(report(api, sent)) == (4, 0, 0, 0)
    with_nobody = api.get(f"/agents/bulk-commands/{sent['id']}", headers={"Accept": "text/html"}).text
    assert "are deleted" in with_nobody


def test_there_is_no_report_of_what_nobody_was_told(api: httpx.Client) -> None:
    assert send(api, [], "agt_gone")["id"] is None
    refused(api.get("/v1/agents/bulk-commands/bulk_gone"), 404, "BULK_COMMAND_NOT_FOUND")


def test_a_repeated_key_gives_the_same_report(api: httpx.Client, agents: list[JSON]) -> None:
    body, key = {"ids": [agents[0]["id"]], "content": "x"}, {"Idempotency-Key": unique("key")}
    first, second = (good(api.post("/v1/agents/bulk-commands", json=body, headers=key)) for _ in range(2))
    assert first["id"] == second["id"]
    assert figures(report(api, first)) == (1, 0, 0, 1)


def test_a_form_leads_to_the_page_that_anybody_may_read(
    server: Served, api: httpx.Client, agents: list[JSON], viewer: Token
) -> None:
    form = {"ids": ",".join(agent["id"] for agent in agents), "content": "Re<b>base"}
    answer = api.post("/agents/bulk-commands", data=form)
    address = answer.headers["Location"]
    assert answer.status_code == 303
    with browser(server, viewer.secret) as page:
        html = page.get(address).text
        assert "Re&lt;b&gt;base" in html
        assert "0 of 4" in html
        assert f'href="{address}"' in page.get(f"/agents/{agents[0]['id']}/commands").text
        assert page.get("/agents/bulk-commands/bulk_gone").status_code == 404
        for path in ("commands", "pauses", "resumptions"):
            assert page.post(f"/agents/bulk-{path}", data=form).status_code == 403
    with client(server, viewer.secret) as reader:
        refused(reader.post("/v1/agents/bulk-pauses", json={"ids": [agents[0]["id"]]}), 403, "FORBIDDEN")


def test_an_open_report_follows_its_agents(server: Served, api: httpx.Client, agents: list[JSON]) -> None:
    sent = send(api, agents)
    headers = {"Authorization": f"Bearer {server.token}"}
    with Reader(server, path="/live", headers=headers, topic=f"bulk/{sent['id']}") as reader:
        tell(api, sent["results"][0], status="completed", response="Rebased it")
        assert "Rebased it" in pieces(reader, "1 of 4")
        good(api.delete(f"/v1/agents/{agents[3]['id']}"))
        assert "1 never will" in pieces(reader, "never will")
