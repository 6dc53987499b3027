"""The bytes of Server-Sent Events, read back as the HTML standard (9.2.6) tells browsers to."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet import clock
from fleet.models import journal
from fleet.models.journal.frames import DOCUMENTED
from fleet.web.live import frames
from fleet.web.live.frames import (
    at_frame,
    greeting,
    json_frame,
    json_frames,
    piece_frame,
    reset_pages,
    special,
    text_frame,
    unknown_frame,
)
from tests.support.application import Clock

HERE = journal.Position("e1", 7)


@dataclass
class Message:
    """What a browser makes of one frame."""

    id: str = ""
    event: str = ""
    data: str = ""


def parsed(stream: bytes) -> list[Message]:
    """The messages of a stream."""
    found: list[Message] = []
    now, lines = Message(), list[str]()
    for line in re.split(r"\r\n|\r|\n", stream.decode()):
        if line == "":
            if lines:
                now.data = "\n".join(lines)
                found.append(now)
            now, lines = Message(id=now.id), []
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                lines.append(value)
            elif name in ("id", "event"):
                setattr(now, name, value)
    return found


def row(seq: int = 1, kind: str = "agent_status_changed", data: bytes = b'{"a":1}') -> Any:
    return SimpleNamespace(seq=seq, kind=kind, data=data)


def test_a_change_is_one_unnamed_message_with_its_position() -> None:
    assert json_frame(row(5), "e1") == (b'id: e1-5\ndata: {"event":"agent_status_changed","data":{"a":1}}\n\n')


def test_a_text_with_line_ends_stays_on_one_line_of_json() -> None:
    data = json.dumps({"text": "one\ntwo\r\nthree\u2028four"}).encode()

    message = parsed(json_frame(row(data=data), "e1"))[0]

    assert json.loads(message.data)["data"]["text"] == "one\ntwo\r\nthree\u2028four"


def test_joined_changes_are_every_one_of_them_in_order() -> None:
    rows = [row(seq) for seq in range(11, 16)]

    messages = parsed(json_frames(rows, "joined", everything=False))

    assert [message.id for message in messages] == [f"joined-{seq}" for seq in range(11, 16)]


def test_what_document_1_has_no_name_for_comes_on_request_only() -> None:
    rows = [row(21), row(22, "agent_updated"), row(23, "todo_updated")]

    documented = parsed(json_frames(rows, "some", everything=False))
    everything = parsed(json_frames(rows, "some", everything=True))

    assert [message.id for message in documented] == ["some-21", "some-23"]
    assert [message.id for message in everything] == ["some-21", "some-22", "some-23"]
    assert "agent_updated" not in DOCUMENTED


def test_readers_at_one_place_get_the_same_bytes_and_others_get_their_own() -> None:
    first = json_frames([row(31), row(32)], "same", everything=True)

    assert json_frames([row(31), row(32)], "same", everything=True) is first
    assert json_frames([row(31)], "same", everything=True) != first
    assert json_frames([row(31), row(32)], "other", everything=True) != first


def test_what_is_remembered_of_joined_frames_is_bounded() -> None:
    for seq in range(1000, 1300):
        json_frames([row(seq)], "bounded", everything=True)

    assert len(frames._joined) <= 64


def test_connected_and_reset_carry_the_position_twice() -> None:
    message = parsed(special("reset", HERE, {"reason": "too_old"}))[0]

    assert message.id == "e1-7"
    assert json.loads(message.data) == {"event": "reset", "data": {"reason": "too_old", "cursor": "e1-7"}}


def test_html_of_several_lines_is_one_message_labelled_with_its_topic() -> None:
    message = parsed(piece_frame("agent/agt_1", "<p>\n  one\n</p>\n<p>two</p>"))[0]

    assert (message.id, message.event) == ("", "piece")
    assert message.data == "agent/agt_1\n<p>\n  one\n</p>\n<p>two</p>"


def test_only_the_end_of_a_group_and_a_reset_move_the_readers_position() -> None:
    """A group that is cut off is sent again as a whole."""
    frames = [greeting("viewer", "w"), unknown_frame("~x"), piece_frame("frame", "<p>"), at_frame(HERE)]
    sent = parsed(b"".join([*frames, reset_pages(HERE, "too_old")]))

    assert [(message.event, message.id) for message in sent] == [
        ("role", ""),
        ("unknown", ""),
        ("piece", ""),
        ("at", "e1-7"),
        ("reset", "e1-7"),
    ]


def test_the_greeting_says_whose_stream_it_is_and_what_time_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", Clock().now)
    message = parsed(greeting("operator", "abc"))[0]

    assert json.loads(message.data) == {"role": "operator", "who": "abc", "now": "2026-11-22T12:00:00Z"}


def test_a_reset_says_why() -> None:
    message = parsed(reset_pages(HERE, "too_old"))[0]

    assert (message.event, message.data) == ("reset", "too_old")


@pytest.mark.parametrize(
    "question", ["Which?\n\nThe old one is slow.", "a\u2028b", "a\x85b", "a\x0bb\x0cc", "a\n \n b", "\n\na"]
)
def test_a_question_comes_back_as_it_was_sent(question: str) -> None:
    """A form sends the question that was on screen back; an altered one would count as another."""
    html = f'<input name="question" value="{question}">'

    assert parsed(piece_frame("frame", html))[0].data == f"frame\n{html}"


@given(st.text(max_size=200))
def test_no_text_breaks_out_of_its_message(text: str) -> None:
    messages = parsed(text_frame("piece", text, HERE))

    assert len(messages) == 1
    assert (messages[0].id, messages[0].event) == ("e1-7", "piece")
    assert messages[0].data == re.sub(r"\r\n?", "\n", text)
