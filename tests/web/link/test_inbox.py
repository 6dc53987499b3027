"""What daemons say is written down together: words that nobody waits for wait for those that somebody does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from fleet.links import Link, Links
from fleet.models import execution
from fleet.web.link import inbox
from fleet.web.link.conversation import Talk
from fleet.web.link.inbox import Inbox
from fleet.web.link.messages import Accepted, Ended, Said, Started
from fleet.web.link.writing import Answers, Entry


class Batches:
    """Stands where messages are written down, and keeps which were together."""

    def __init__(self) -> None:
        self.all: list[list[Said]] = []
        self.some = threading.Semaphore(0)

    def write_down(self, tx: Any, entries: list[Entry], limits: execution.Limits) -> Answers:
        del tx, limits
        self.all.append([entry.said for entry in entries])
        self.some.release()
        return Answers()


class Nobody:
    """Follows nothing."""

    def tell(self, moved: object) -> None:
        del moved


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> Batches:
    found = Batches()
    monkeypatch.setattr(inbox, "write_down", found.write_down)
    monkeypatch.setattr(inbox, "write", lambda verb: verb(None))
    return found


@pytest.fixture
def put(batches: Batches) -> Iterator[Any]:
    del batches
    nobody: Any = Nobody()
    box = Inbox(Flask("test"), Links(1), nobody, nobody, nobody, execution.Limits())
    link = Link("agt_host", "tok_host")
    link.talk = Talk(None)
    yield lambda said: box.put(link, said, 0)
    box.stop()


def test_the_words_of_a_short_command_are_one_write(
    monkeypatch: pytest.MonkeyPatch, batches: Batches, put: Any
) -> None:
    monkeypatch.setattr(inbox, "PATIENCE", 600.0)
    words: list[Said] = [Accepted(id="cmd_1"), Started(id="cmd_1"), Ended(id="cmd_1", state="succeeded")]

    for word in words[:2]:
        put(word)
        assert not batches.some.acquire(timeout=0.1)
    put(words[2])

    assert batches.some.acquire(timeout=20)
    assert batches.all == [words]


def test_a_word_behind_which_nothing_comes_is_written_all_the_same(batches: Batches, put: Any) -> None:
    put(Accepted(id="cmd_1"))

    assert batches.some.acquire(timeout=20)
    assert batches.all == [[Accepted(id="cmd_1")]]
