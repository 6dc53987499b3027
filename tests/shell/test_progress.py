"""How far a copy has come is one line, that fits and goes away again."""

from __future__ import annotations

import io

import pytest

from fleet.shell import progress
from fleet.shell.progress import Progress, size


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_572_864, "1.5 MiB"), (1 << 60, "1048576.0 TiB")],
)
def test_bytes_are_told_in_the_unit_that_suits_them(count: int, said: str) -> None:
    assert size(count) == said


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_it_fits_hides_nothing_harmful_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Screen()
    monkeypatch.setattr("sys.stderr", shown)
    monkeypatch.setattr(progress, "EVERY", 0.0)
    monkeypatch.setenv("COLUMNS", "40")
    line = Progress("a\x1b[31m name " + "x" * 100, 200)
    line.tell(50)
    line.tell(100)
    _, first, second = shown.getvalue().split("\r")
    assert first.startswith(" 25 %  50 B")
    assert second.startswith(" 50 %  100 B")
    assert max(len(first), len(second)) <= 39
    assert "\x1b" not in shown.getvalue()
    line.clear()
    assert shown.getvalue().split("\r")[-2:] == [" " * 39, ""]


def test_who_is_no_terminal_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr("sys.stderr", shown)
    monkeypatch.setattr(progress, "EVERY", 0.0)
    line = Progress("name", None)
    line.tell(50)
    line.clear()
    assert shown.getvalue() == ""
