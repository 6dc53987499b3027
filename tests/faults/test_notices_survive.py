"""`kill -9` between an agent's question and the notice of it: told in the end, under one id."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.support.api import eventually, good, make_agent
from tests.support.database import check_whole, query
from tests.support.person import Somebody, somebody
from tests.support.receivers import HANG, Receiver, receiving
from tests.support.serving import Served, free_port

pytestmark = [pytest.mark.faults, pytest.mark.slow]
ENVIRONMENT = {"FLEET_NOTICE_TARGETS": "127.0.0.1"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Fleet that is killed and started again."""
    server = Served(tmp_path_factory.mktemp("killed"), environment=ENVIRONMENT).start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def ada(server: Served) -> Iterator[Somebody]:
    """Somebody who wants to be told."""
    with somebody(server, "ada@example.com") as made:
        yield made


def ask(server: Served, question: str) -> str:
    bearer = {"Authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.url, headers=bearer, timeout=30) as api:
        agent = make_agent(api, status="waiting_feedback", pending_question=question)
    return str(agent["id"])


def hook(ada: Somebody, port: int) -> str:
    body = {"kind": "webhook", "target": f"http://127.0.0.1:{port}/"}
    return str(good(ada.api.post("/v1/notice-channels", json=body), 201)["id"])


def agents_of(receiver: Receiver) -> list[str]:
    return [json.loads(got.body)["agent"]["id"] for got in receiver.got]


@pytest.mark.parametrize("after", ["the question", "the notice", "a failed try"])
def test_a_notice_that_a_kill_came_in_between_is_delivered_once(server: Served, ada: Somebody, after: str) -> None:
    port = free_port()
    channel = hook(ada, port)
    agent = ask(server, f"Killed after {after}?")
    if after != "the question":
        table = (
            "notice_deliveries WHERE error IS NOT NULL AND" if after == "a failed try" else "notice_deliveries WHERE"
        )
        eventually(lambda: query(server.database, f"SELECT 1 FROM {table} channel_id = ?", channel))
    server.kill()
    check_whole(server.database)
    with receiving(port=port) as receiver:
        server.start()
        eventually(lambda: receiver.got, 90)
        ask(server, "Another one")  # when that has come, a second copy of the first would have, too
        eventually(lambda: len(receiver.got) >= 2)

        assert agents_of(receiver).count(agent) == 1
    good(ada.api.delete(f"/v1/notice-channels/{channel}"))
    assert query(server.database, "SELECT agent_id FROM notices GROUP BY agent_id, cause HAVING count(*) > 1") == []


def test_a_kill_in_the_middle_of_sending_repeats_it_under_the_same_id(server: Served, ada: Somebody) -> None:
    with receiving() as receiver:
        receiver.plan = [HANG]
        channel = hook(ada, receiver.port)
        ask(server, "Killed while it is told?")
        eventually(lambda: receiver.got)
        server.kill()
        server.start()
        eventually(lambda: len(receiver.got) == 2, 120)
        eventually(
            lambda: query(
                server.database,
                "SELECT 1 FROM notice_deliveries WHERE channel_id = ? AND state = 'sent'",
                channel,
            )
        )
        first, second = receiver.got
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body
    good(ada.api.delete(f"/v1/notice-channels/{channel}"))
