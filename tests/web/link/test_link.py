"""A daemon's link: who is let in, what it may say, and that both sides agree after every meeting."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from fleet import protocol
from tests.support.api import JSON, eventually, good, make_agent, read, refused
from tests.support.daemons import HELLO, Daemon, Host, enrol, linked, opened
from tests.support.serving import Served

SHELL = {"type": "shell", "params": {"command": "df -h", "timeout": 30}}


@pytest.fixture
def url(server: Served) -> str:
    return server.url


@pytest.fixture
def admin(api: httpx.Client) -> httpx.Client:
    return api


@pytest.fixture
def host(admin: httpx.Client) -> Host:
    return enrol(admin)


@pytest.fixture
def daemon(url: str, host: Host) -> Iterator[Daemon]:
    with linked(url, host) as connected:
        yield connected


def commands(host: Host) -> str:
    return f"/v1/agents/{host.id}/commands"


def queue(api: httpx.Client, host: Host, **params: Any) -> JSON:
    body = {"type": "shell", "params": {"command": "true"} | params}
    return dict(good(api.post(commands(host), json=body), 201))


def closing(daemon: Daemon) -> tuple[int, str]:
    """Why the server closed: the code, and what it said of it."""
    said = daemon.hear("bye")
    ended = daemon.hears_the_end()
    assert ended.rcvd is not None
    assert ended.rcvd.code == said["code"]
    return said["code"], said["message"]


class TestWhoIsLetIn:
    def test_a_request_without_an_upgrade_is_told_to_ask_for_one(self, url: str, host: Host) -> None:
        answer = httpx.get(f"{url}/v1/link", headers={"X-Agent-Key": host.key})

        refused(answer, 426, "UPGRADE_REQUIRED")
        assert answer.headers["Upgrade"] == "websocket"

    @pytest.mark.parametrize(
        ("more", "status"),
        [
            ({"Sec-WebSocket-Version": "8"}, 426),
            ({"Sec-WebSocket-Key": "short"}, 400),
            ({"Cookie": "fleet_session=x"}, 403),
            ({"Origin": "https://elsewhere.example"}, 403),
            ({"X-Agent-Key": "fla_wrong"}, 401),
        ],
    )
    def test_an_upgrade_that_is_not_a_daemons_is_refused_before_it_is_answered(
        self, url: str, host: Host, more: dict[str, str], status: int
    ) -> None:
        headers = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
            "X-Agent-Key": host.key,
        }

        assert httpx.get(f"{url}/v1/link", headers=headers | more).status_code == status

    def test_a_key_is_needed_and_a_coding_agents_is_not_enough(self, url: str, admin: httpx.Client) -> None:
        agent = make_agent(admin)
        key = good(admin.post(f"/v1/agents/{agent['id']}/keys", json={}), 201)["key"]
        for wrong, status in ((key, 409), ("", 401)):
            with pytest.raises(InvalidStatus) as error, opened(url, Host(agent["id"], wrong, "x")):
                pass
            assert error.value.response.status_code == status

    def test_a_persons_token_opens_no_link(self, admin: httpx.Client) -> None:
        answer = admin.get(
            "/v1/link",
            headers={
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
            },
        )

        refused(answer, 403, "FORBIDDEN")

    def test_a_revoked_key_ends_the_link_within_a_second(self, admin: httpx.Client, host: Host, daemon: Daemon) -> None:
        [key] = good(admin.get(f"/v1/agents/{host.id}/keys"))["keys"]
        good(admin.delete(f"/v1/agents/{host.id}/keys/{key['id']}"), 204)

        assert closing(daemon)[0] == protocol.KEY_ENDED

    def test_a_deleted_host_is_told_to_go(self, admin: httpx.Client, host: Host, daemon: Daemon) -> None:
        good(admin.delete(f"/v1/agents/{host.id}"), 204)

        assert closing(daemon)[0] == protocol.KEY_ENDED


class TestPresence:
    def test_a_host_is_there_once_its_daemon_is_linked(self, api: httpx.Client, url: str, host: Host) -> None:
        assert read(api, f"/v1/agents/{host.id}")["connection"] == "unknown"

        with linked(url, host, ips=["10.1.2.3"]):
            seen = read(api, f"/v1/agents/{host.id}")

        assert (seen["connection"], seen["machine_address"]) == ("online", "10.1.2.3")

    def test_a_new_hostname_changes_the_record_and_a_name_that_a_person_gave_stays(
        self, api: httpx.Client, url: str, host: Host
    ) -> None:
        with linked(url, host, hostname="renamed") as daemon:
            seen = read(api, f"/v1/agents/{host.id}")
            assert (seen["hostname"], seen["name"]) == ("renamed", "renamed")
            good(api.patch(f"/v1/agents/{host.id}", json={"name": "the big one"}))
            session = daemon.session
        with linked(url, host, hostname="again", session=session):
            seen = read(api, f"/v1/agents/{host.id}")

        assert (seen["hostname"], seen["name"]) == ("again", "the big one")


class TestClones:
    def test_the_session_before_is_good_once_more_and_an_older_one_is_a_copied_disk(self, url: str, host: Host) -> None:
        sessions = [None]
        for _ in range(3):
            with linked(url, host, session=sessions[-1]) as daemon:
                sessions.append(daemon.session)  # type: ignore[arg-type]
        with linked(url, host, session=sessions[2]) as daemon:
            pass
        with opened(url, host) as copy:
            copy.say("hello", **(HELLO | {"hostname": "x", "session": sessions[1]}))
            code, _ = closing(copy)

        assert code == protocol.CLONE

    def test_a_second_daemon_is_sent_away_while_the_first_one_answers(
        self, url: str, host: Host, daemon: Daemon
    ) -> None:
        with opened(url, host) as second:
            second.say("hello", **(HELLO | {"hostname": "x", "session": daemon.session}))
            assert closing(second)[0] == protocol.CLONE

    def test_a_dead_connection_gives_way_to_the_same_daemons_new_one(self, url: str, host: Host) -> None:
        address = httpx.URL(url)
        with socket.create_connection((address.host, address.port or 80)) as dead:
            dead.sendall(
                f"GET /v1/link HTTP/1.1\r\nHost: {address.netloc.decode()}\r\nConnection: Upgrade\r\n"
                f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nX-Agent-Key: {host.key}\r\n"
                f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}\r\n\r\n".encode()
            )
            assert b"101" in dead.recv(4096)
            hello = json.dumps({"type": "hello", **HELLO, "hostname": host.name}).encode()
            dead.sendall(bytes([0x81, 0x80 | 126]) + len(hello).to_bytes(2, "big") + bytes(4) + hello)
            assert b"welcome" in dead.recv(4096)  # and from now on it answers no ping
            # As a daemon that lost its power before it noted its first session: the one before that is none.
            with linked(url, host) as newer:
                assert newer.session


class TestTalk:
    @pytest.mark.parametrize(
        "said",
        [
            "no json",
            "[]",
            '{"type": "nothing"}',
            '{"type": "started"}',
            '{"type": "ended", "id": "cmd_1", "state": "fine"}',
            '{"type": "ended", "id": "cmd_1", "state": "failed", "ms": -1}',
            b"\x09",
            b"\x01\x05cmd_1" + (2**60).to_bytes(8, "big") + b"x",
            protocol.encode_chunk(protocol.Chunk("stdout", "cmd_not_mine", 0, b"x")),
            "x" * (protocol.MESSAGE_MOST + 1),
        ],
        ids=lambda said: repr(said[:30]),
    )
    def test_what_is_no_message_ends_this_link_and_no_other(
        self, api: httpx.Client, admin: httpx.Client, url: str, daemon: Daemon, said: str | bytes
    ) -> None:
        with linked(url, enrol(admin)) as other:
            daemon.socket.send(said)

            assert daemon.hears_the_end()
            queue(api, other.host)
            assert other.hear("command")

    @pytest.mark.parametrize("first", ["beat", "started"])
    def test_a_hello_comes_first(self, url: str, host: Host, first: str) -> None:
        with opened(url, host) as silent:
            silent.say(first, id="cmd_1")
            assert closing(silent)[0] == protocol.NOT_FIRST_HELLO

    def test_a_second_hello_is_out_of_turn(self, daemon: Daemon) -> None:
        daemon.say("hello", **(HELLO | {"hostname": "x"}))

        assert closing(daemon)[0] == protocol.NOT_FIRST_HELLO

    def test_a_thousand_beats_a_second_are_too_many(self, daemon: Daemon) -> None:
        for _ in range(1000):
            try:
                daemon.say("beat")
            except ConnectionClosed:
                break

        assert daemon.hears_the_end()

    def test_a_report_on_anothers_command_changes_nothing(
        self, api: httpx.Client, admin: httpx.Client, url: str, daemon: Daemon
    ) -> None:
        with linked(url, enrol(admin)) as other:
            theirs = queue(api, other.host)
            for kind in ("accepted", "started"):
                daemon.say(kind, id=theirs["id"])
            daemon.say("ended", id=theirs["id"], state="failed")
            assert daemon.hear("forget")["id"] == theirs["id"]

        assert read(api, f"{commands(other.host)}/{theirs['id']}")["state"] == "queued"


class TestCommands:
    def test_a_command_runs_from_queued_to_its_end(self, api: httpx.Client, host: Host, daemon: Daemon) -> None:
        queued = good(api.post(commands(host), json=SHELL), 201)
        assert (queued["status"], queued["state"], queued["content"]) == ("sent", "queued", "df -h")
        command = daemon.begin()
        assert command["params"] == {"command": "df -h", "timeout": 30}
        assert daemon.print(command["id"], b"a\x00\xff\n") == {
            "type": "want",
            "id": command["id"],
            "stdout": 4,
            "stderr": 0,
        }
        running = read(api, f"{commands(host)}/{command['id']}")
        assert (running["status"], running["state"]) == ("acknowledged", "running")
        daemon.end(command["id"], "failed", exit_code=3, stdout=4, left=[{"pid": 7, "name": "sleep"}])

        ended = read(api, f"{commands(host)}/{command['id']}")
        assert (ended["status"], ended["state"], ended["outcome"]) == ("completed", "failed", "failed")
        assert (ended["execution"]["exit_code"], ended["execution"]["stdout_bytes"]) == (3, 4)
        assert ended["execution"]["left"] == [{"pid": 7, "name": "sleep"}]

    def test_commands_wait_for_an_offline_host_and_reach_it_in_their_order(
        self, api: httpx.Client, url: str, host: Host
    ) -> None:
        sent = [queue(api, host, command=f"echo {number}")["id"] for number in range(5)]

        with linked(url, host) as daemon:
            got = [daemon.hear("command") for _ in sent]

        assert [command["id"] for command in got] == sent
        assert sorted(command["seq"] for command in got) == [command["seq"] for command in got]

    def test_a_chunk_twice_is_harmless_and_one_further_on_leaves_a_gap(
        self, api: httpx.Client, host: Host, daemon: Daemon
    ) -> None:
        queue(api, host)
        command = daemon.begin()

        assert daemon.print(command["id"], b"abc")["stdout"] == 3
        assert daemon.print(command["id"], b"abc")["stdout"] == 3
        assert daemon.print(command["id"], b"bcde", 1)["stdout"] == 5
        assert daemon.print(command["id"], b"z", 100)["stdout"] == 101

    def test_after_a_new_hello_both_sides_agree(self, api: httpx.Client, url: str, host: Host) -> None:
        sent = [queue(api, host)["id"] for _ in range(4)]
        with linked(url, host) as daemon:
            for _ in sent:
                daemon.hear("command")
            for command_id in sent[:3]:
                daemon.say("accepted", id=command_id)
            daemon.say("started", id=sent[0])
            daemon.print(sent[0], b"abc")
            session = daemon.session
        lists = {"running": [{"id": sent[0], "stdout": 9, "stderr": 0}], "waiting": [sent[1]], "ended": ["cmd_old"]}
        with linked(url, host, session=session, **lists) as daemon:
            welcome = daemon.welcome
            again = daemon.hear("command")

        assert welcome["want"] == {
            sent[0]: {"stdout": 3, "stderr": 0},
            sent[1]: {"stdout": 0, "stderr": 0},
        }
        assert welcome["forget"] == ["cmd_old"]
        assert again["id"] == sent[3]  # it was sent, and never came to be journaled
        lost = read(api, f"{commands(host)}/{sent[2]}")
        assert (lost["outcome"], "does not know" in lost["execution"]["reason"]) == ("unknown", True)

    def test_what_runs_is_canceled_by_its_host_and_what_waits_at_once(
        self, api: httpx.Client, url: str, host: Host
    ) -> None:
        waiting = queue(api, host)
        canceled = good(api.delete(f"{commands(host)}/{waiting['id']}"))
        assert canceled["outcome"] == "canceled"
        refused(api.delete(f"{commands(host)}/{waiting['id']}"), 409, "COMMAND_ALREADY_COMPLETED")

        with linked(url, host) as daemon:
            queue(api, host)
            command = daemon.begin()
            eventually(lambda: read(api, f"{commands(host)}/{command['id']}")["state"] == "running")
            asked = good(api.delete(f"{commands(host)}/{command['id']}"))
            assert (asked["state"], bool(asked["execution"]["cancel_requested_at"])) == ("running", True)
            assert daemon.hear("cancel")["id"] == command["id"]
            daemon.end(command["id"], "canceled", exit_code=None, signal="SIGTERM")

        assert read(api, f"{commands(host)}/{command['id']}")["outcome"] == "canceled"

    def test_a_held_host_gets_nothing_until_it_is_let_go_on(
        self, api: httpx.Client, host: Host, daemon: Daemon
    ) -> None:
        good(api.post(f"/v1/agents/{host.id}/pause", json={}), 200, 201)
        held = queue(api, host)

        assert held["held"] is True
        assert daemon.hears_nothing()
        good(api.delete(f"/v1/agents/{host.id}/pause"))
        assert daemon.hear("command")["id"] == held["id"]

    def test_the_text_is_sealed_until_it_has_begun_and_shown_masked(
        self, api: httpx.Client, host: Host, daemon: Daemon
    ) -> None:
        secret = "sk-ant-api03-" + "Zz9" * 10
        queued = queue(api, host, command=f"curl -H 'x-api-key: {secret}' x", env={"TOKEN": secret}, stdin=secret)
        command = daemon.begin()

        assert secret not in json.dumps(queued)
        assert command["params"]["env"] == {"TOKEN": secret}
        assert secret in command["params"]["command"]
        assert command["params"]["stdin"] == secret

    def test_the_daemons_refusal_is_a_failure_with_its_words(
        self, api: httpx.Client, host: Host, daemon: Daemon
    ) -> None:
        queue(api, host)
        command = daemon.hear("command")
        daemon.say("refused", id=command["id"], code="DISK_FULL", message="The disk is full.")

        ended = eventually(lambda: (one := read(api, f"{commands(host)}/{command['id']}"))["outcome"] and one)
        assert (ended["outcome"], "The disk is full." in ended["execution"]["reason"]) == ("failed", True)
