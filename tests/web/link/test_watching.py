"""Only hosts that somebody looks at take metrics every few seconds."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fleet.links import Links
from fleet.web.link import watching
from fleet.web.link.watching import LASTS, Watching


class FakeLinks:
    """Links to these hosts; keeps what each was told."""

    def __init__(self, *ids: str) -> None:
        self.told: list[tuple[str, float]] = []
        self._links = {each: SimpleNamespace(agent_id=each, talk=SimpleNamespace(watched=False)) for each in ids}

    def of(self, agent_id: str) -> Any:
        return self._links.get(agent_id)

    def send(self, link: Any, message: str) -> None:
        self.told.append((link.agent_id, json.loads(message)["every"]))

    def comes_anew(self, agent_id: str) -> None:
        self._links[agent_id] = SimpleNamespace(agent_id=agent_id, talk=SimpleNamespace(watched=False))


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(watching.time, "monotonic", lambda: now[0])
    return now


def test_a_host_is_asked_once_and_let_go_when_nobody_looks_any_more(moment: list[float]) -> None:
    links = FakeLinks("a", "b")
    watched = Watching(cast(Links, links))

    watched.look(["a", "elsewhere"])
    watched.look(["a"])
    watched.let_go()
    assert links.told == [("a", 5.0)]

    moment[0] += LASTS - 1
    watched.look(["a"])
    moment[0] += LASTS - 1
    watched.let_go()
    assert links.told == [("a", 5.0)]

    moment[0] += 2
    watched.let_go()
    watched.let_go()
    assert links.told == [("a", 5.0), ("a", 0)]


def test_a_daemon_that_comes_back_is_asked_again(moment: list[float]) -> None:
    links = FakeLinks("a")
    watched = Watching(cast(Links, links))
    watched.look(["a"])
    links.comes_anew("a")

    watched.look(["a"])
    assert links.told == [("a", 5.0), ("a", 5.0)]

    links.comes_anew("a")
    moment[0] += LASTS + 1
    watched.let_go()
    assert links.told == [("a", 5.0), ("a", 5.0)]
