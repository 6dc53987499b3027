"""An agent is found by as little of it as tells it from the others, and nobody is guessed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from fleet.client import Json, Missing
from fleet.shell import finding
from fleet.shell.command import Failed
from fleet.shell.fleet import Fleet


def fleet(*names: str) -> Fleet:
    agents: list[Json] = [{"id": f"agt_{n}{n}", "name": name, "hostname": "box"} for n, name in enumerate(names)]

    def get(_noun: str, _wanted: str) -> Any:
        raise Missing(404, "AGENT_NOT_FOUND", "Agent not found")

    return cast(Fleet, SimpleNamespace(every=lambda _noun, **_filters: agents, get=get))


CREW = ("Code Reviewer", "Docs Writer", "Bug-Fixer 2", "Bug Finder", "review", "Prüferin")


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("reviewer", "Code Reviewer"),
        ("REVIEWER", "Code Reviewer"),
        ("writ", "Docs Writer"),
        ("rev code", "Code Reviewer"),
        ("fixer", "Bug-Fixer 2"),
        ("bug find", "Bug Finder"),
        ("iter", "Docs Writer"),
        ("rüfer", "Prüferin"),
        ("review", "review"),
        ("agt_11", "Docs Writer"),
    ],
)
def test_a_word_of_a_name_is_enough(wanted: str, name: str) -> None:
    assert finding.agent(fleet(*CREW), wanted)["name"] == name


@pytest.mark.parametrize("wanted", ["bug", "er"])
def test_several_that_fit_are_listed(wanted: str) -> None:
    with pytest.raises(Failed, match="could be any of") as refusal:
        finding.agent(fleet(*CREW), wanted)
    assert (refusal.value.exit_code, refusal.value.code) == (2, "AMBIGUOUS")


@pytest.mark.parametrize("wanted", ["", " ", "nobody", "code writer", "%", "."])
def test_nobody_is_guessed(wanted: str) -> None:
    with pytest.raises(Failed) as refusal:
        finding.agent(fleet(*CREW), wanted)
    assert (refusal.value.exit_code, refusal.value.code) == (4, "AGENT_NOT_FOUND")
