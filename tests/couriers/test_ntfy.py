"""ntfy: title, link and urgency in headers, that no agent's name can break."""

from __future__ import annotations

from email.header import decode_header, make_header

import pytest

from fleet.couriers import deliver
from fleet.couriers.parcel import Undelivered, one_line
from tests.support.parcels import HOSTILE, LOOPBACK, item, parcel
from tests.support.receivers import Got, receiving


def sent(secret: str | None = None, **more: object) -> Got:
    with receiving() as receiver:
        deliver("ntfy", parcel(f"{receiver.url}/topic", item(**more), secret=secret), LOOPBACK)  # type: ignore[arg-type]
    [got] = receiver.got
    return got


def test_a_question_is_urgent_and_leads_to_its_agent() -> None:
    got = sent()

    assert got.path == "/topic"
    assert got.body == b"Which one?"
    assert got.headers["title"] == "Agent 1 asks: Which?"
    assert (got.headers["priority"], got.headers["tags"]) == ("4", "speech_balloon")
    assert got.headers["click"] == "https://fleet.example.com/agents/agt_1"
    assert "authorization" not in got.headers


def test_a_token_goes_along() -> None:
    assert sent("tk_abc").headers["authorization"] == "Bearer tk_abc"


@pytest.mark.parametrize("secret", ["tk_\u200babc", "tk\r\nX: y", "tk abc"])
def test_what_no_header_can_hold_is_not_sent(secret: str) -> None:
    with receiving() as receiver, pytest.raises(Undelivered) as refusal:
        deliver("ntfy", parcel(f"{receiver.url}/topic", secret=secret), LOOPBACK)
    assert refusal.value.final
    assert receiver.got == []


@pytest.mark.parametrize("title", [HOSTILE, "Prüfung 完了 🦊" * 10, "=?utf-8?q?not_encoded?="])
def test_any_title_stays_a_title(title: str) -> None:
    got = sent(title=title)

    assert "bcc" not in got.headers
    assert got.headers["title"].isascii()
    said = str(make_header(decode_header(got.headers["title"])))
    assert said == one_line(title)


def test_a_long_text_is_cut_at_what_ntfy_takes_for_a_message() -> None:
    body = sent(text="ü" * 4000).body

    assert len(body) <= 4096
    assert set(body.decode()) == {"ü"}


@pytest.mark.parametrize(("status", "final"), [(401, True), (403, True), (404, True), (429, False), (500, False)])
def test_a_wrong_token_will_not_become_right(status: int, final: bool) -> None:
    with receiving() as receiver:
        receiver.plan = [status]
        with pytest.raises(Undelivered) as refusal:
            deliver("ntfy", parcel(f"{receiver.url}/topic"), LOOPBACK)
    assert refusal.value.final is final
