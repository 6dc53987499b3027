"""Topics have short keys: the request line of a browser's one stream must hold those of all its pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.web.live import topic_keys
from fleet.web.live.topic_keys import key, text_of

LONG = "agents?view=table&q=" + "word+" * 300


@pytest.fixture(autouse=True)
def unheard_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_keys, "_texts", {})


@pytest.mark.parametrize("text", ["frame", "overview?view=cards", "agent/agt_0123456789abcdef", "stop/stp_1"])
def test_a_short_topic_is_its_own_key(text: str) -> None:
    assert key(text) == text
    assert text_of(text) == text


def test_a_long_one_has_a_short_key_that_leads_back_to_it() -> None:
    short = key(LONG)

    assert len(short) < 20
    assert text_of(short) == LONG
    assert key(LONG) == short
    assert key(LONG + "x") != short


def test_a_key_that_was_made_elsewhere_means_nothing() -> None:
    assert text_of("~0123456789abcdef") is None


def test_what_is_remembered_is_bounded_and_what_is_in_use_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_keys, "REMEMBERED", 10)
    short = key(LONG)
    for number in range(100):
        key(f"agents?q={number}&view=table")
        assert key(LONG) == short

    assert text_of(short) == LONG
    assert len(topic_keys._texts) == 10


@given(st.text(max_size=100))
def test_whatever_is_asked_for_a_key_is_one_line_of_few_plain_characters(text: str) -> None:
    """It is the first line of a piece, and stands in a request line."""
    short = key(text)

    assert len(short) <= 60
    assert short.isascii()
    assert short.isprintable()
    assert text_of(short) == text
