"""Lists in one line: what is written is read again, commas and quotes included."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.web.http.comma_lists import line_of, words_of
from tests.support.api import make_task, read

WORDS = st.text(st.characters(exclude_categories=("C", "Z")) | st.sampled_from(', "'), min_size=1)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("security, frontend", ["security", "frontend"]),
        (" a ,, b ,", ["a", "b"]),
        ('nightly, "a, b"', ["nightly", "a, b"]),
        ('say "hi", 5" disk', ['say "hi"', '5" disk']),
        ('"half', ["half"]),
        ("one\r\ntwo", ["one two"]),
        ("", []),
        ("x" * 200_000 + ',"y"', ["x" * 200_000, '"y"']),
    ],
)
def test_a_line_is_read_as_it_is_meant(line: str, words: list[str]) -> None:
    assert words_of(line) == words


@given(st.lists(WORDS.map(str.strip).filter(bool)))
def test_any_words_come_back_from_their_line(words: list[str]) -> None:
    assert words_of(line_of(words)) == words


def test_a_label_with_a_comma_survives_the_edit_form(api: httpx.Client) -> None:
    task = make_task(api, labels=["a, b", 'say "c"'], required_capabilities=["x,y"])
    page = api.get(f"/tasks/{task['id']}/edit", headers={"Accept": "text/html"}).text
    assert 'value="&#34;a, b&#34;, say &#34;c&#34;"' in page
    assert 'value="&#34;x,y&#34;"' in page

    form = {
        "_method": "PATCH",
        "title": task["title"],
        "labels": '"a, b", say "c"',
        "required_capabilities": '"x,y"',
    }
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    assert api.post(f"/tasks/{task['id']}", data=form, headers=headers).status_code == 303

    after = read(api, f"/v1/tasks/{task['id']}")
    assert (after["labels"], after["required_capabilities"]) == (["a, b", 'say "c"'], ["x,y"])


def test_the_filter_offers_a_label_with_a_comma_as_one(api: httpx.Client) -> None:
    task = make_task(api, labels=["c, d"])
    other = make_task(api, labels=["c", "d"])

    page = api.get("/tasks", params={"labels": '"c, d"'}, headers={"Accept": "text/html"}).text

    assert '<option value="&#34;c, d&#34;" selected>c, d</option>' in page
    assert task["id"] in page
    assert other["id"] not in page
