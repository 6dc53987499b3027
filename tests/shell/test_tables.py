"""Tables fit the terminal, and are whole in a pipe."""

from __future__ import annotations

import pytest

from fleet.shell import agents, plain, screen, task_words
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


def test_columns_with_a_rank_make_room_the_highest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    ranked = (Column("STATE"), Column("NAME", least=6, rank=1), Column("TASK", least=6), Column("AGE", rank=2))
    seen = []
    for room in (60, 28, 20, 15):
        monkeypatch.setattr(screen, "columns", lambda room=room: room)
        found = list(table(ranked, ROWS))
        assert all(plain.width(line) <= room for line in found)
        seen.append(found[0].split())
    assert seen == [["STATE", "NAME", "TASK", "AGE"], ["STATE", "NAME", "TASK"], ["STATE", "TASK"], ["STATE", "TASK"]]


@pytest.mark.parametrize("columns", [agents.COLUMNS, task_words.COLUMNS])
def test_every_table_fits_forty_columns(monkeypatch: pytest.MonkeyPatch, columns: tuple[Column, ...]) -> None:
    monkeypatch.setattr(screen, "columns", lambda: 40)
    longest = {"STATE": "Waiting for you", "STATUS": "Waiting for others", "NUMBER": "#12345", "PRIORITY": "medium"}
    row = [longest.get(column.title, "8 min" if column.right else "x" * 80) for column in columns]
    found = list(table(columns, [row]))

    assert all(plain.width(line) <= 40 for line in found)
    assert found[1].split()[0] == row[0].split()[0]
