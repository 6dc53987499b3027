"""`If-Match` is a list of entity tags, compared as strong ones (RFC 9110, 13.1.1)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from fleet.errors import Stale
from fleet.models.editions import expect


@dataclass
class Third:
    """A record in its third edition."""

    edition: int = 3


@pytest.mark.parametrize(
    "header",
    [None, "*", " * ", '"3"', '"1","3"', '"1" ,\t"3" , "9"', ', "3",,', '"a,b", "3"', 'W/"3", "3"', '"\xfc", "3"'],
)
def test_the_right_edition_anywhere_in_the_list_is_taken(header: str | None) -> None:
    expect(Third(), header)


@pytest.mark.parametrize(
    "header",
    ["", ",", "3", '"4"', 'W/"3"', 'w/"3"', '"4, "3", 5"', '*, "3"', '"3" "4"', '"3', '"1,"3",2"', '"3"x', '" 3"'],
)
def test_what_names_another_edition_or_is_no_list_is_stale(header: str) -> None:
    with pytest.raises(Stale):
        expect(Third(), header)
