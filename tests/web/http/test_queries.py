"""What a page's address asks of a list is taken as far as it can be, and is never an error."""

from __future__ import annotations

import pytest

from fleet.web.http import queries


@pytest.mark.parametrize(
    ("said", "taken"), [("", ""), ("  two words ", "two words"), ("nul\x00s", "nuls"), ("x" * 999, "x" * 200)]
)
def test_a_text_is_taken_as_far_as_it_can_be_looked_for(said: str, taken: str) -> None:
    assert queries.page_text({"q": said}, "q") == taken
    assert queries.page_text({}, "q") == ""


def test_what_is_not_allowed_counts_as_not_said() -> None:
    assert queries.page_choice({"view": "cards"}, "view", ("cards", "table")) == "cards"
    assert queries.page_choice({"view": "card"}, "view", ("cards", "table")) == ""
    assert queries.page_choice({}, "view", ("cards",)) == ""
