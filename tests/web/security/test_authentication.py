"""When a right ends, what was opened by it ends too: sessions, tokens, streams and calls that wait (security.md 6)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.support.api import PATIENCE, eventually, good, make_agent, make_task, read, refused
from tests.support.company import Company, Someone
from tests.support.event_stream import Reader
from tests.support.furnished_fleet import new_key
from tests.support.serving import Served
from tests.support.tokens import fleet, make_token, revoke

STREAMS = ("/v1/stream", "/live")
# Longer than a call waits by itself: what ends earlier was ended.
WAIT = 55


def cookie(browser: httpx.Client) -> dict[str, str]:
    """The header by which a browser is known."""
    return {"Cookie": f"fleet_session={browser.cookies['fleet_session']}"}


@contextmanager
def waiting(call: Callable[[], httpx.Response]) -> Iterator[Callable[[], httpx.Response]]:
    """A call under way; what is yielded waits for its answer."""
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(call()))
    thread.start()
    time.sleep(0.5)  # it has begun by then; if not, what it is told is the same

    def answer() -> httpx.Response:
        thread.join(WAIT / 2)
        assert answers, "the call still waits"
        return answers[0]

    yield answer
    thread.join(WAIT + 10)


@pytest.fixture
def personal(firm: Company) -> tuple[Someone, str]:
    """An operator, and a token of theirs."""
    someone = firm.join("operator")
    made = good(someone.browser.post("/v1/tokens", json={"name": "mine", "role": "operator"}), 201)
    return someone, made["token"]


@pytest.mark.parametrize("path", STREAMS)
def test_who_is_shut_out_has_no_stream_any_more(firm: Company, personal: tuple[Someone, str], path: str) -> None:
    someone, token = personal
    ticket = good(firm.program(token).post("/v1/stream-tickets", json={"path": path}), 201)["ticket"]
    with (
        Reader(firm.server, path=path, headers=cookie(someone.browser)) as by_session,
        Reader(firm.server, path=path, token=token) as by_token,
        Reader(firm.server, path=path, token_in_query=ticket) as by_ticket,
    ):
        for reader in (by_session, by_token, by_ticket):
            assert reader.status == 200
            reader.block()

        firm.change(someone, disabled=True)

        for reader in (by_session, by_token, by_ticket):
            reader_ends(reader)
    with Reader(firm.server, path=path, token_in_query=ticket) as later:
        assert later.status == 401


def blocks(reader: Reader) -> Iterator[str]:
    """What a stream says until it ends; it must not go on for ever."""
    deadline = time.monotonic() + PATIENCE
    while (lines := reader.block()) is not None:
        assert time.monotonic() < deadline, "the stream goes on"
        yield "\n".join(lines)


def reader_ends(reader: Reader) -> None:
    for _ in blocks(reader):
        pass


def test_who_is_shut_out_waits_no_longer_and_gets_nothing(firm: Company, personal: tuple[Someone, str]) -> None:
    someone, token = personal
    agent = make_agent(firm.admin)["id"]
    commands, claim = (
        f"/v1/agents/{agent}/commands?status=sent&wait={WAIT}",
        {"agent_id": agent, "wait": WAIT},
    )
    one, other, third = firm.program(token), firm.program(token), someone.browser
    with (
        waiting(lambda: one.get(commands)) as by_token,
        waiting(lambda: third.get(commands)) as by_session,
        waiting(lambda: other.post("/v1/tasks/claim", json=claim)) as claiming,
    ):
        firm.change(someone, disabled=True)

        for answer in (by_token(), by_session(), claiming()):
            refused(answer, 401)

    task = make_task(firm.admin)
    assert read(firm.admin, f"/v1/tasks/{task['id']}")["status"] == "pending"
    firm.admin.delete(f"/v1/tasks/{task['id']}")


def test_who_may_less_by_now_claims_nothing_but_may_still_read(firm: Company, personal: tuple[Someone, str]) -> None:
    someone, token = personal
    agent = make_agent(firm.admin)["id"]
    commands, claim = (
        f"/v1/agents/{agent}/commands?status=sent&wait={WAIT}",
        {"agent_id": agent, "wait": WAIT},
    )
    one, other = firm.program(token), firm.program(token)
    with (
        waiting(lambda: one.get(commands)) as reading,
        waiting(lambda: other.post("/v1/tasks/claim", json=claim)) as claiming,
    ):
        firm.change(someone, role="viewer")

        refused(claiming(), 403, "FORBIDDEN")
        sent = good(firm.admin.post(f"/v1/agents/{agent}/commands", json={"content": "go on"}), 201)
        assert [command["id"] for command in good(reading())["commands"]] == [sent["id"]]


def test_an_agents_revoked_key_waits_no_longer(firm: Company) -> None:
    agent = make_agent(firm.admin)["id"]
    api = firm.program(new_key(firm.admin, agent))
    (key,) = read(firm.admin, f"/v1/agents/{agent}/keys")["keys"]
    with waiting(lambda: api.get(f"/v1/agents/{agent}/commands?status=sent&wait={WAIT}")) as answer:
        good(firm.admin.delete(f"/v1/agents/{agent}/keys/{key['id']}"))

        refused(answer(), 401, "INVALID_TOKEN")


@pytest.mark.parametrize("path", STREAMS)
def test_a_token_revoked_at_the_console_ends_its_stream(firm: Company, path: str) -> None:
    token = make_token(firm.server, "operator")
    with Reader(firm.server, path=path, token=token.secret) as reader:
        reader.block()

        revoke(firm.server, token)

        reader_ends(reader)


def test_a_person_disabled_at_the_console_is_out_of_the_running_server(firm: Company) -> None:
    someone = firm.join("operator")
    with Reader(firm.server, path="/live", headers=cookie(someone.browser)) as reader:
        reader.block()

        console(firm.server, "user", "disable", someone.email)

        reader_ends(reader)
    eventually(lambda: someone.browser.get("/v1/account").status_code == 401)


def console(server: Served, *arguments: str) -> None:
    process = fleet(server, *arguments)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said


def test_a_page_is_never_shown_more_than_its_readers_role_allows_by_now(firm: Company) -> None:
    someone = firm.join("operator")
    agent = make_agent(firm.admin, name="Asking")
    path = "/live?topic=overview"
    with Reader(firm.server, path=path, headers=cookie(someone.browser)) as reader:
        assert until(reader, '"role":"operator"')
        firm.admin.patch(f"/v1/agents/{agent['id']}", json={"status": "waiting_feedback", "pending_question": "Now?"})
        assert "<form" in until(reader, "Now?")

        firm.change(someone, role="viewer")

        reader_ends(reader)
    # What reconnects is told its role, so that pages which were made for another one are read again.
    with Reader(firm.server, path=path, headers=cookie(someone.browser)) as reader:
        assert until(reader, '"role":"viewer"')
        firm.admin.patch(f"/v1/agents/{agent['id']}", json={"pending_question": "Or later?"})
        assert "<form" not in until(reader, "Or later?")


def test_a_ticket_opens_no_more_than_its_maker_may_by_now(firm: Company, personal: tuple[Someone, str]) -> None:
    someone, token = personal
    ticket = good(firm.program(token).post("/v1/stream-tickets", json={"path": "/live"}), 201)["ticket"]
    with Reader(firm.server, path="/live", token_in_query=ticket) as reader:
        reader.block()

        firm.change(someone, role="viewer")

        reader_ends(reader)
    with Reader(firm.server, path="/live", token_in_query=ticket) as reader:
        assert until(reader, '"role":"viewer"')


def until(reader: Reader, words: str) -> str:
    """The first block that holds these words."""
    for text in blocks(reader):
        if words in text:
            return text
    raise AssertionError(f"the stream ended without {words!r}")
