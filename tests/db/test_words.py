"""Words are found whatever their case and their normal form, in every list that is searched."""

from __future__ import annotations

import sqlite3
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, Text, create_engine, insert, select

from fleet.db import sqlite, words

NAMES = ("Ünïcödé", "u\u0308nïcöde\u0301", "ΣΊΣΥΦΟΣ", "Straße", "ÉCOLE", "100 %", "a_b")


def found(test: object) -> set[str]:
    engine = create_engine("sqlite://")
    sqlite.prepare(engine)
    table = Table("names", MetaData(), Column("name", Text))
    with engine.connect() as connection:
        table.create(connection)
        connection.execute(insert(table), [{"name": name} for name in NAMES])
        return set(connection.execute(select(table.c.name).where(test(table.c.name))).scalars())  # type: ignore[operator]


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("ünïcödé", set(NAMES[:2])),
        (unicodedata.normalize("NFD", "ÜNÏ"), set(NAMES[:2])),
        ("σίσυφος", {"ΣΊΣΥΦΟΣ"}),
        ("straße", {"Straße"}),
        ("STRAẞE", {"Straße"}),
        ("École", {"ÉCOLE"}),
        ("école!", set()),
        ("%", {"100 %"}),
        ("A_B", {"a_b"}),
        ("100 ", {"100 %"}),
    ],
)
def test_a_word_is_found_whatever_its_case_and_form(word: str, names: set[str]) -> None:
    assert found(lambda name: words.mentions(name, word)) == names


def test_beginnings_and_whole_names_are_compared_alike() -> None:
    assert found(lambda name: words.begins(name, "ÜNÏ")) == set(NAMES[:2])
    assert found(lambda name: words.begins(name, "nï")) == set()
    assert found(lambda name: words.begins(name, "100")) == {"100 %"}
    assert found(lambda name: words.equals(name, "ÜNÏCÖDÉ")) == set(NAMES[:2])
    assert found(lambda name: words.equals(name, "A_B")) == {"a_b"}


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    once = words.folded(text)
    assert words.folded(once) == once


def test_nothing_is_nothing() -> None:
    connection = sqlite3.connect(":memory:")
    words.teach(connection)
    assert connection.execute("SELECT fleet_folded(NULL)").fetchone() == (None,)
    connection.close()
