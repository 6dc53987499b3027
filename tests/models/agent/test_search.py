"""Agents by capability and by repository: exactly those that show it."""

from __future__ import annotations

import pytest
from flask import Flask

from fleet.db import Transaction, write
from fleet.models import agent
from fleet.models.agent import editable, summary, tags
from tests.support.application import connected

WORKTREES = (
    "/src/app",
    "/src/app/",
    "app",
    "/src/my-app",
    "/src/app2",
    "/src/App",
    "/app/x",
    "/",
    "//",
    "/src/a%p",
    "p",
    "/src/ap",
    "",
)
ABILITIES = (["go"], ["go", "rust"], ["golang"], ["Go"], ["a,b"], ['say "x"'], ["a"], [])


def one_of_each(tx: Transaction) -> None:
    """An agent in each worktree, and one with each list of abilities."""
    for number, worktree in enumerate(WORKTREES):
        editable.insert_agent(tx, {"id": f"agt_w{number}", "name": "Ada", "worktree": worktree or "x/y"})
    for number, able in enumerate(ABILITIES):
        known = {
            "id": f"agt_c{number}",
            "name": "Ada",
            "worktree": "/w",
            "capabilities": able,
            "tags": ["go"],
        }
        editable.insert_agent(tx, known)


def found(**wanted: str) -> set[str]:
    with connected() as connection:
        return {one.id for one in summary.first(connection, agent.Filter(**wanted), 100)}


@pytest.fixture(autouse=True)
def _agents(app: Flask) -> None:  # noqa: ARG001  # its database
    write(one_of_each)


def test_a_filter_by_repository_finds_exactly_the_agents_that_show_it() -> None:
    with connected() as connection:
        everyone = summary.first(connection, agent.Filter(), 100)
        offered = tags.repositories(connection)

    assert set(offered) == {agent.repository for agent in everyone}
    for name in (*offered, "src", "src/app", "/src/app", "_pp", "nothing"):
        assert found(repository=name) == {agent.id for agent in everyone if agent.repository == name}, name


def test_a_filter_by_capability_finds_exactly_the_agents_that_have_it() -> None:
    for name in ("go", "Go", "rust", "a", "b", "a,b", 'say "x"', "g_", "[]"):
        wanted = {f"agt_c{number}" for number, able in enumerate(ABILITIES) if name in able}
        assert found(capability=name) == wanted, name


def test_the_capabilities_that_there_are_are_offered() -> None:
    with connected() as connection:
        able = tags.in_use(connection, tags.CAPABILITIES)
        assert sorted(able) == ["Go", "a", "a,b", "go", "golang", "rust", 'say "x"']
        assert able == sorted(able, key=str.casefold)
        assert tags.in_use(connection) == ["go"]
