"""Tables fit the terminal, and are whole in a pipe."""

from __future__ import annotations

import pytest

from fleet.shell import plain, screen
from fleet.shell.tables import Column, facts, table

COLUMNS = (Column("STATE"), Column("NAME", least=4), Column("TASK", least=6), Column("AGE", right=True))
ROWS = [["Active", "Code Reviewer", "Review pull request 123", "8 s"], ["Idle", None, "", "12 min"]]


def lines(monkeypatch: pytest.MonkeyPatch, room: int | None) -> list[str]:
    monkeypatch.setattr(screen, "columns", lambda: room)
    return list(table(COLUMNS, ROWS))


def test_a_pipe_gets_every_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines(monkeypatch, None) == [
        "STATE   NAME           TASK                        AGE",
        "Active  Code Reviewer  Review pull request 123     8 s",
        "Idle    -              -                        12 min",
    ]


@pytest.mark.parametrize("room", [36, 40, 53])
def test_a_terminal_gets_lines_that_fit(monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    found = lines(monkeypatch, room)
    assert all(plain.width(line) <= room for line in found)
    assert "…" in found[1]
    assert found[1].startswith("Active")
    assert found[1].endswith("8 s")


def test_columns_keep_their_least_width_however_narrow_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines(monkeypatch, 5)[1] == "Active  Cod…  Revie…     8 s"


def test_facts_without_a_value_are_left_out_and_long_ones_are_indented() -> None:
    assert list(facts([("name", "a\nb"), ("task", None), ("progress", 0)])) == [
        "name      a",
        "          b",
        "progress  0",
    ]
