"""Webhooks: signed so that a receiver can check it, patient, and never led astray."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import time
from pathlib import Path

import pytest

from fleet.couriers import deliver, posting
from fleet.couriers.parcel import Parcel, Undelivered
from fleet.couriers.webhook import content
from tests.support.certificate import make_certificate
from tests.support.parcels import LOOPBACK, item, parcel
from tests.support.receivers import DRIP, HANG, Got, Receiver, receiving

KEY = "whsec_" + base64.b64encode(b"k" * 32).decode()


def genuine(got: Got, key: str = KEY, now: float | None = None) -> bool:
    """Whether a request is Fleet's and fresh: what the README tells receivers to do, with nothing of Fleet's."""
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    made = hmac.new(base64.b64decode(key.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    fresh = abs((now or time.time()) - int(got.headers["webhook-timestamp"])) < 300
    version, _, sent = got.headers["webhook-signature"].partition(",")
    return version == "v1" and hmac.compare_digest(sent, base64.b64encode(made).decode()) and fresh


def send(receiver: Receiver, *items: object, path: str = "/hook?a=b") -> int | None:
    return deliver("webhook", parcel(receiver.url + path, *items, secret=KEY), LOOPBACK)  # type: ignore[arg-type]


def test_it_says_what_happened_where_to_look_and_who_says_so() -> None:
    with receiving() as receiver:
        assert send(receiver) == 200

    [got] = receiver.got
    assert got.path == "/hook?a=b"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["webhook-id"] == "msg_1"
    assert genuine(got)
    said = json.loads(got.body)
    assert said["notices"].pop()["id"] == "ntc_1"
    assert said == {
        "id": "msg_1",
        "kind": "question",
        "agent": {"id": "agt_1", "name": "Agent 1"},
        "title": "Agent 1 asks: Which?",
        "text": "Which one?",
        "url": "https://fleet.example.com/agents/agt_1",
        "at": "2026-11-22T12:00:00Z",
        "count": 1,
        "notices": [],
    }


def test_a_changed_body_another_key_and_an_old_request_are_found_out() -> None:
    with receiving() as receiver:
        send(receiver)
    [got] = receiver.got

    assert not genuine(Got(got.path, got.headers, got.body.replace(b"Which", b"Witch")))
    assert not genuine(got, "whsec_" + base64.b64encode(b"x" * 32).decode())
    assert not genuine(got, now=time.time() + 600)
    assert not genuine(Got(got.path, got.headers | {"webhook-id": "msg_2"}, got.body))


def test_the_signature_is_the_one_of_the_standards_example() -> None:
    """https://github.com/standard-webhooks/standard-webhooks, the specification's own test values."""
    from fleet.couriers.webhook import signature

    made = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_of_very_many_the_first_are_told_and_all_are_counted() -> None:
    told = Parcel(
        "msg_1", "", None, [item(kind="silence"), item(2, kind="silence")], "https://fleet.example.com", 900, 800
    )

    assert told.title == "800 agents have fallen silent"
    assert told.text.splitlines()[-1] == "- and 898 more"
    assert content(told)["count"] == 900


def test_several_notices_are_one_request() -> None:
    with receiving() as receiver:
        send(receiver, *(item(number) for number in range(1, 31)))

    said = json.loads(receiver.got[0].body)
    assert (said["kind"], said["agent"], said["title"]) == ("digest", None, "30 agents need a look")
    assert said["text"].splitlines()[-1] == "- and 10 more"
    assert said["url"] == "https://fleet.example.com"
    assert [each["agent"]["id"] for each in said["notices"]] == [f"agt_{n}" for n in range(1, 31)]


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_a_refusal_may_pass(status: int) -> None:
    with receiving() as receiver:
        receiver.plan = [status]
        with pytest.raises(Undelivered) as refusal:
            send(receiver)
        assert (refusal.value.status, refusal.value.final) == (status, False)
        assert str(status) in refusal.value.message
        assert send(receiver) == 200


def test_who_answers_gone_wants_no_more_and_who_says_when_is_heard() -> None:
    with receiving() as receiver:
        receiver.plan = [410, 429]
        receiver.answer_headers = {"Retry-After": "120"}
        with pytest.raises(Undelivered) as gone:
            send(receiver)
        with pytest.raises(Undelivered) as later:
            send(receiver)
    assert (gone.value.gone, gone.value.final) == (True, True)
    assert (later.value.wait, later.value.final) == (120, False)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    with receiving() as canary, receiving() as receiver:
        receiver.plan = [status]
        receiver.answer_headers = {"Location": f"{canary.url}/inside"}
        with pytest.raises(Undelivered) as refusal:
            send(receiver)
    assert refusal.value.status == status
    assert canary.got == []


@pytest.mark.parametrize("behaviour", [HANG, DRIP])
def test_who_does_not_come_to_an_end_is_left(monkeypatch: pytest.MonkeyPatch, behaviour: int) -> None:
    monkeypatch.setattr(posting, "LONGEST", 0.5)
    with receiving() as receiver:
        receiver.plan = [behaviour]
        with pytest.raises(Undelivered, match="did not answer in time") as refusal:
            send(receiver)
    assert not refusal.value.final


def test_who_takes_the_connection_and_says_nothing_in_tls_is_left_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "LONGEST", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(Undelivered, match="did not answer in time"):
            deliver("webhook", parcel(url, secret=KEY), LOOPBACK)


@pytest.mark.parametrize("interim", [100, 102, 103])
def test_what_comes_before_the_final_answer_is_none(interim: int) -> None:
    with receiving() as receiver:
        receiver.plan = [
            b"HTTP/1.1 %d X\r\nLink: </a>\r\n\r\n" % interim * 2 + b"HTTP/1.1 204 No Content\r\n\r\n",
            b"HTTP/1.1 %d X\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n" % interim,
            b"HTTP/1.1 %d X\r\n\r\n" % interim,
        ]
        assert send(receiver) == 204
        with pytest.raises(Undelivered, match="500"):
            send(receiver)
        with pytest.raises(Undelivered, match="before it had answered"):
            send(receiver)


def test_another_protocol_is_no_answer() -> None:
    with receiving() as receiver:
        receiver.plan = [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"]
        with pytest.raises(Undelivered, match="101"):
            send(receiver)


@pytest.mark.parametrize(
    "cut",
    [b"", b"HTTP/1.1 2", b"HTTP/1.1 200", b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Le"],
)
def test_an_answer_whose_head_is_cut_off_is_no_success(cut: bytes) -> None:
    with receiving() as receiver:
        receiver.plan = [cut]
        with pytest.raises(Undelivered, match="before it had answered") as refusal:
            send(receiver)
    assert not refusal.value.final


def test_nobody_at_home_is_a_sentence() -> None:
    with receiving() as receiver:
        url = receiver.url
    with pytest.raises(Undelivered, match="refused the connection"):
        deliver("webhook", parcel(url, secret=KEY), LOOPBACK)


def test_a_certificate_must_be_the_names_own_and_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with receiving(certificate=certificate) as receiver:
        made: Parcel = parcel(f"https://localhost:{receiver.port}/", secret=KEY)
        with pytest.raises(Undelivered, match="certificate"):
            deliver("webhook", made, LOOPBACK)

        posting.trusted.cache_clear()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        try:
            assert deliver("webhook", made, LOOPBACK) == 200
            stranger = parcel(f"https://127.0.0.2:{receiver.port}/", secret=KEY)
            with pytest.raises(Undelivered):
                deliver("webhook", stranger, LOOPBACK)
        finally:
            posting.trusted.cache_clear()
    assert len(receiver.got) == 1
