"""What agents wrote cannot act on a terminal, and widths are those of a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.shell import plain

ANYTHING = st.text(st.characters())


@given(ANYTHING)
def test_no_control_character_survives_on_a_line(text: str) -> None:
    shown = plain.line(text)
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in shown)
    shown.encode()


@given(ANYTHING)
def test_a_block_keeps_its_lines_and_tabs_and_no_other_control_character(text: str) -> None:
    shown = plain.block(text)
    assert all(c in "\n\t" or unicodedata.category(c) != "Cc" for c in shown)
    assert shown.count("\n") == text.replace("\r\n", "\n").count("\n")


def test_an_escape_is_shown_instead_of_obeyed() -> None:
    assert plain.line("\x1b[2Jgone\x07") == "␛[2Jgone␇"
    assert plain.line("\x9b31m") == "\ufffd31m"


def test_what_turns_the_direction_of_writing_is_taken_out() -> None:
    assert plain.line("safe\u202egnp.exe") == "safe\ufffdgnp.exe"


def test_white_space_on_a_line_is_one_space() -> None:
    assert plain.line("  one\r\n\ttwo  ") == "one two"


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("é", 1), ("", 0)])
def test_width_is_that_of_a_terminal(text: str, columns: int) -> None:
    assert plain.width(text) == columns


@given(ANYTHING.map(plain.line), st.integers(1, 30))
def test_what_is_cut_fits(text: str, most: int) -> None:
    assert plain.width(plain.cut(text, most)) <= most


def test_padding_counts_columns() -> None:
    assert plain.pad("日", 4) == "日  "
    assert plain.pad("日", 4, right=True) == "  日"
