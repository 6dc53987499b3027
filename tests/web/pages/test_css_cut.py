"""A library's style sheet is cut to what pages can need of it, and to nothing less."""

from __future__ import annotations

import pytest

from fleet.web.pages.class_names import class_names
from fleet.web.pages.css_cut import cut, defined
from fleet.web.pages.css_rules import parse


def left(css: str, *classes: str, beside: str = "") -> str:
    return cut(css, set(classes), beside)


def test_a_rule_stays_when_every_class_in_it_may_be_on_a_page() -> None:
    assert left(".a{x:1}.b{x:2}.a .b{x:3}.a.c{x:4}", "a", "b") == ".a{x:1}.b{x:2}.a .b{x:3}"


def test_of_a_list_of_selectors_those_stay_that_can_match() -> None:
    assert left(".a,.b:hover,.a>.b{x:1}", "a") == ".a{x:1}"


def test_rules_for_elements_and_attributes_stay() -> None:
    css = 'body{x:1}a[href]:hover{x:2}[data-theme="dark"]{x:3}::-moz-focus-inner{x:4}'

    assert left(css) == css


@pytest.mark.parametrize("selector", ["a:not(.gone)", ".a:not(.gone,.b)", ":is(.gone,.a) p", "a:where(:not(.gone))"])
def test_a_class_that_need_not_be_there_takes_no_rule_away(selector: str) -> None:
    assert left(f"{selector}{{x:1}}", "a") == f"{selector}{{x:1}}"


def test_rules_for_media_go_when_nothing_is_left_in_them() -> None:
    assert left("@media print{.a{x:1}.b{x:2}}@media screen{.b{x:3}}", "a") == "@media print{.a{x:1}}"


def test_a_variable_stays_that_something_asks_for_by_whatever_way() -> None:
    css = ":root{--used:1;--by-used:2;--ours:var(--by-ours);--by-ours:3;--none:4}.a{x:var(--used)}:root{--used:var(--by-used)}"

    assert left(css, "a", beside="p{x:var( --ours)}") == (
        ":root{--used:1;--by-used:2;--ours:var(--by-ours);--by-ours:3}.a{x:var(--used)}:root{--used:var(--by-used)}"
    )


def test_an_animation_stays_that_a_rule_or_our_own_sheet_names() -> None:
    css = "@keyframes turn{to{x:1}}@keyframes blink{to{x:2}}@keyframes gone{to{x:3}}.a{animation:turn 1s}"

    assert left(css, "a", beside=".p{animation-name:blink}") == (
        "@keyframes turn{to{x:1}}@keyframes blink{to{x:2}}.a{animation:turn 1s}"
    )


def test_braces_semicolons_and_commas_in_texts_are_none() -> None:
    css = """.a::after{content:"};/* no */,.b{";x:url('data:a;b,{}')}.a[title="x,.b"]{x:1}"""

    assert left(css, "a") == css


def test_a_license_stays_and_other_comments_go() -> None:
    assert left("/*! MIT */a{/* x */x:1/* } */}/* y */") == "/*! MIT */a{x:1}"


def test_statements_stay() -> None:
    assert left('@charset "UTF-8";a{x:1}') == '@charset "UTF-8";a{x:1}'


@pytest.mark.parametrize("css", ["a{x:1", "a{x:1}}", "@media print{a{x:1}"])
def test_what_is_no_style_sheet_is_said(css: str) -> None:
    with pytest.raises(ValueError, match="brace"):
        parse(css)


def test_the_classes_of_a_style_sheet_are_told() -> None:
    assert defined("@media (min-width:1.5em){.a-1:not(.b)>c{x:.5em}}.d,e{x:url(a.png)}") == {"a-1", "b", "d"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('<a class="btn  btn-primary">', {"btn", "btn-primary"}),
        ('<a class="btn{% if chosen == "table" %} active{% endif %} {{ more }}">', {"btn", "active"}),
        ('<a class="{{ "row" if wide in ["col", "lead"] else "figure" }}">', {"row", "figure"}),
        ("""{{ icon("x", class="mark") }}""", {"mark"}),
        ("""{% set look = "btn-danger" %}""", {"btn-danger"}),
        ("""hint.className = "toast"; a.classList.toggle("show", on)""", {"toast", "show"}),
        ("text.innerHTML = '<p class=\"lead\">'", {"lead"}),
    ],
)
def test_classes_are_found_where_they_are_given(text: str, names: set[str]) -> None:
    assert names <= class_names([text])


@pytest.mark.parametrize("text", ['<p title="a card of a row">', "alert in the text", '{% if view == "table" %}'])
def test_a_plain_word_elsewhere_is_no_class(text: str) -> None:
    assert class_names([text]) == set()
