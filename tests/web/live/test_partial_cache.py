"""Rendered partials, kept: never another than would be rendered at that moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import DictLoader, Environment
from sqlalchemy import update

from fleet import clock
from fleet.db import Transaction, write
from fleet.db.greenlets import TURN
from fleet.models import agent, event
from fleet.models.agent import summary
from fleet.models.agent.record import AGENTS
from fleet.web.live import partial_cache
from fleet.web.live.partial_cache import PartialCache
from fleet.web.live.topics import cached, partial
from fleet.web.security.policy import May
from tests.support.application import NOON, Clock, application, connected
from tests.support.partial_subjects import SUBJECTS, stage
from tests.support.seconds import Seconds

KEPT = ("agents/_card.html", "agents/_row.html", "overview/_need.html", "events/_event.html", "activity/_line.html")
OPERATOR, VIEWER = May.of("operator"), May.of("viewer")
BEAT = {"hostname": "web-01", "machine_address": "10.0.4.7", "repo_path": "/srv/payments"}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application, at noon."""
    monkeypatch.setattr(clock, "now", Clock().now)
    with application(tmp_path) as made:
        yield made


def later(monkeypatch: pytest.MonkeyPatch, **time: float) -> None:
    monkeypatch.setattr(clock, "now", Clock(NOON + timedelta(**time)).now)


def looked_at(agent_id: str) -> summary.Summary:
    with connected() as connection:
        return summary.of(connection, [agent_id])[agent_id]


def made(tx: Transaction) -> str:
    """An agent that has just begun to wait."""
    asks = {"status": "waiting_feedback", "pending_question": "Now?"}
    return str(agent.create(tx, {"name": "Ada", "worktree": "/src/app"} | asks).id)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("template", KEPT)
@pytest.mark.parametrize("text", ["Ada", '"><time datetime="2001-01-01T00:00:00Z" data-age>9 s</time>'])
def test_what_is_kept_is_what_would_be_rendered_now_and_later(
    monkeypatch: pytest.MonkeyPatch, template: str, text: str
) -> None:
    write(lambda tx: stage(tx, text))
    with connected() as connection:
        subjects = list(SUBJECTS[template](connection))
    for passed in ({"seconds": 0}, {"seconds": 40}, {"hours": 3}, {"days": 400}):
        later(monkeypatch, **passed)
        for subject in subjects:
            assert cached(template, **subject) == partial(template, **subject)


CHANGES: dict[str, Callable[[Transaction, str], Any]] = {
    "its task": lambda tx, row: agent.edit(tx, row, {"current_task": "Another"}, None),
    "an event, which raises no version": lambda tx, agent: event.post(tx, agent, "info", "Begins"),
    "its silence": lambda tx, agent: tx.execute(
        update(AGENTS).where(AGENTS.c.id == agent).values(connection="offline", connection_changed_at=tx.now)
    ),
}


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("what", CHANGES)
def test_whatever_a_card_shows_makes_it_anew(what: str) -> None:
    agent_id = write(made)
    before = cached("agents/_card.html", agent=looked_at(agent_id), may=OPERATOR)

    write(lambda tx: CHANGES[what](tx, agent_id))

    after = cached("agents/_card.html", agent=looked_at(agent_id), may=OPERATOR)
    assert after != before
    assert after == partial("agents/_card.html", agent=looked_at(agent_id), may=OPERATOR)


@pytest.mark.usefixtures("app")
def test_a_heartbeat_that_changes_nothing_visible_leaves_the_card_kept() -> None:
    agent_id = str(write(lambda tx: agent.heartbeat(tx, dict(BEAT), None)).id)
    before = looked_at(agent_id)

    write(lambda tx: agent.heartbeat(tx, dict(BEAT), None))

    assert looked_at(agent_id) == before


@pytest.mark.usefixtures("app")
def test_roles_do_not_get_each_others_pieces() -> None:
    agent = looked_at(write(made))

    assert "<form" in cached("overview/_need.html", agent=agent, may=OPERATOR)
    assert "<form" not in cached("overview/_need.html", agent=agent, may=VIEWER)


def test_what_was_not_used_for_longest_goes_first_and_never_grows_beyond_its_bound() -> None:
    environment = Environment(loader=DictLoader({"word": "{{ note(word) }}{{ word }}"}), autoescape=True)
    rendered: list[str] = []
    environment.globals["note"] = lambda word: rendered.append(word) or ""
    store = PartialCache(environment, most=30)

    for word in ("a" * 10, "b" * 10, "c" * 10, "a" * 10, "d" * 10, "a" * 10, "b" * 10):
        assert store.partial("word", word=word) == word

    assert [word[0] for word in rendered] == ["a", "b", "c", "d", "b"]


def test_a_piece_beyond_the_bound_is_shown_and_not_kept() -> None:
    store = PartialCache(Environment(loader=DictLoader({"word": "{{ word }}"}), autoescape=True), most=5)

    assert store.partial("word", word="<" * 9) == "&lt;" * 9


def test_a_long_list_gives_way_to_others_every_few_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds, turns = Seconds(), []
    monkeypatch.setattr(partial_cache, "time", seconds)
    monkeypatch.setattr(partial_cache, "give_way", lambda: turns.append(seconds.seconds))
    cache = PartialCache(Environment(loader=DictLoader({"row": "{{ number }}"}), autoescape=True))
    for number in range(1000):
        cache.partial("row", number=number)
        seconds.seconds += TURN / 10

    assert 90 <= len(turns) <= 101
