"""Pieces are rendered once per topic, role and stretch of the journal, for all browsers together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection

from fleet.models import journal
from fleet.web.live.topics import Changed
from fleet.web.security.policy import May
from fleet.web.streams import rendering
from fleet.web.streams.rendering import Rendering
from tests.support.application import application
from tests.web.live.test_frames import row as change

START = journal.Position("e1", 7)
FRAME, AGENT, TASKS = ("frame", "frame"), ("agent/a", "agent/a"), ("~k", "tasks?view=list&q=a")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    with application(tmp_path) as made:
        yield made


@dataclass
class Counting:
    """A topic that notes who asked, and with what."""

    text: str
    asked: list[tuple[str, bool, int, int]]

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        self.asked.append((self.text, may.operate, id(connection), id(changed)))
        if "silent" not in self.text:
            yield f"<p>{self.text} {may.operate}</p>"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool, int, int]]:
    noted: list[tuple[str, bool, int, int]] = []
    monkeypatch.setattr(rendering, "topic", lambda text: None if text == "gone" else Counting(text, noted))
    return noted


def rows(first: int, last: int) -> list[Any]:
    return [row(seq) for seq in range(first, last + 1)]


def row(seq: int) -> Any:
    made = change(seq)
    made.agent_id, made.noun, made.noun_id, made.action = None, "task", f"t{seq}", "updated"
    return made


def test_browsers_with_different_pages_share_what_they_have_in_common(app: Flask, asked: list[Any]) -> None:
    made = Rendering(app)

    one = made.chunk((AGENT, FRAME), "operator", START, rows(8, 9))
    other = made.chunk((FRAME, TASKS), "operator", START, rows(8, 9))

    assert Counter(text for text, *_ in asked) == {"frame": 1, "agent/a": 1, "tasks?view=list&q=a": 1}
    assert one.count(b"event: piece") == other.count(b"event: piece") == 2
    assert b"data: ~k\ndata: <p>tasks?view=list&q=a True</p>\n\n" in other


def test_one_connection_and_one_account_of_what_changed_serve_a_whole_frame(app: Flask, asked: list[Any]) -> None:
    Rendering(app).chunk((AGENT, FRAME, TASKS), "viewer", START, rows(8, 9))

    assert len({connection for _, _, connection, _ in asked}) == 1
    assert len({changed for *_, changed in asked}) == 1


def test_the_account_of_what_changed_is_shared_by_those_who_come_later(app: Flask, asked: list[Any]) -> None:
    made = Rendering(app)
    for topics in ((AGENT,), (FRAME,), (TASKS,)):
        made.chunk(topics, "viewer", START, rows(8, 9))

    assert len({changed for *_, changed in asked}) == 1


def test_no_role_sees_what_was_rendered_for_another(app: Flask, asked: list[Any]) -> None:
    made = Rendering(app)

    viewer = made.chunk((FRAME,), "viewer", START, rows(8, 9))
    operator = made.chunk((FRAME,), "operator", START, rows(8, 9))

    assert b"frame False" in viewer
    assert b"frame True" in operator
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("start", "last"), [(START, 10), (journal.Position("e1", 6), 9), (journal.Position("e2", 7), 9)]
)
def test_another_stretch_is_rendered_anew(app: Flask, asked: list[Any], start: journal.Position, last: int) -> None:
    made = Rendering(app)
    made.chunk((FRAME,), "viewer", START, rows(8, 9))
    made.chunk((FRAME,), "viewer", start, rows(start.seq + 1, last))

    assert len(asked) == 2


def test_a_topic_that_has_nothing_to_say_sends_nothing_and_is_not_asked_again(app: Flask, asked: list[Any]) -> None:
    made = Rendering(app)
    for _ in range(3):
        assert made.chunk((("silent", "silent"), ("gone", "gone")), "viewer", START, rows(8, 9)) == b""

    assert len(asked) == 1


def test_what_is_kept_is_bounded(app: Flask, asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    made = Rendering(app)
    for seq in range(8, 300):
        made.chunk((FRAME,), "viewer", START, rows(8, seq))
    assert len(made._stretches) <= rendering.STRETCHES_MOST

    monkeypatch.setattr(rendering, "BYTES_MOST", 100)
    for seq in range(300, 320):
        made.chunk((FRAME,), "viewer", START, rows(8, seq))
    assert len(made._stretches) < 5
    assert asked
