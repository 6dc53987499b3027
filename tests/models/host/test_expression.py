"""Hosts are asked for in words; what cannot be read is told with its place."""

from __future__ import annotations

import contextlib

import pytest

from fleet.models.host.expression import DEPTH_MOST, LONGEST, TERMS_MOST, All, AnyOf, Not, Term, Unreadable, parse

WEB, DEBIAN, A, B, C = Term("tag", "web"), Term("os", "debian"), Term("", "a"), Term("", "b"), Term("", "c")


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("", None),
        ("  ", None),
        ("a", A),
        ("tag:web", WEB),
        ("TAG:web", WEB),
        ("tag:web and not os:debian", All((WEB, Not(DEBIAN)))),
        ("tag:web AND NOT os:debian", All((WEB, Not(DEBIAN)))),
        ("a b", All((A, B))),
        ("a or b c", AnyOf((A, All((B, C))))),
        ("(a or b) c", All((AnyOf((A, B)), C))),
        ("not (a or b)", Not(AnyOf((A, B)))),
        ("not not a", A),
        ('tag:"two words"', Term("tag", "two words")),
        ('"and"', Term("", "and")),
        ("10.0.0.7", Term("", "10.0.0.7")),
        ("fe80::1", Term("", "fe80::1")),
        ("state:OFFLINE", Term("state", "OFFLINE")),
    ],
)
def test_words_say_which_hosts_are_asked_for(text: str, expression: object) -> None:
    assert parse(text) == expression


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("tag:web and", 12, "has to follow"),
        ("and a", 1, "has to stand before and"),
        ("a or )", 6, "has to stand before )"),
        ("(a", 1, "not closed"),
        ("a)", 2, "No bracket is open"),
        ("()", 2, "has to stand before )"),
        ('a "b', 3, "not closed"),
        ("a colour:red", 3, "no field colour"),
        ("tag:", 1, "missing"),
        ('tag:""', 1, "missing"),
        (":web", 1, "missing"),
        ("state:gone", 7, "no state gone"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, position: int, words: str) -> None:
    with pytest.raises(Unreadable, match=words.replace(")", r"\)")) as error:
        parse(text)

    assert error.value.position == position
    assert f"character {position}" in str(error.value)


def test_an_expression_has_an_end_to_its_length_its_terms_and_its_brackets() -> None:
    assert parse("(" * DEPTH_MOST + "a" + ")" * DEPTH_MOST) == A
    assert parse("a " * TERMS_MOST) is not None
    for text in ("(" * (DEPTH_MOST + 1) + "a", "a " * (TERMS_MOST + 1), "a" * (LONGEST + 1)):
        with pytest.raises(Unreadable, match="More than"):
            parse(text)


@pytest.mark.parametrize(
    "text", ["(" * LONGEST, "not " * 125, '"' * LONGEST, ":" * LONGEST, "a:" * 250, "not(" * 125, "a\x00(\u202e"]
)
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Unreadable):
        assert parse(text) is not None
