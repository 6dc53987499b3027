"""What a name is stands in the description as the store looks at it, for regular expressions of every dialect."""

from __future__ import annotations

import re

import pytest

from fleet.errors import Invalid
from fleet.models.person.editable import called
from fleet.web.people.shapes import ANY_LINE, SOME_LINE

LETTERS = [chr(letter) for letter in range(0x300)] + list("\u1680\u2003\u2028\u202f\u205f\u3000\ufeff木")


@pytest.mark.parametrize("form", ["{}", "{}Ada", "Ada{}", "Ada{}Lovelace", " {} ", "{}\t"])
def test_what_is_told_of_a_name_is_what_is_looked_at(form: str) -> None:
    for letter in LETTERS:
        name = form.format(letter)
        stored = kept(name)
        assert bool(re.search(ANY_LINE, name)) == (stored is not None), ascii(name)
        assert bool(re.search(SOME_LINE, name)) == bool(stored), ascii(name)


def kept(name: str) -> str | None:
    """A name as it is stored, None for one that is refused."""
    try:
        return called(name)
    except Invalid:
        return None
