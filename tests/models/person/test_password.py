"""Passwords: hashed with argon2id, long enough, and not what everybody would try first."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from fleet.errors import Invalid
from fleet.models.person.password import hashed, matches, require_good


def test_a_hash_matches_its_password_only_and_is_another_one_each_time() -> None:
    first, second = hashed("correct horse"), hashed("correct horse")

    assert first.startswith("$argon2id$")
    assert first != second
    assert (matches(first, "correct horse"), matches(first, "Correct horse")) == (True, False)


@pytest.mark.parametrize("stored", [None, "", "nonsense", "$argon2id$v=19$broken"])
def test_without_a_good_hash_nothing_matches(stored: str | None) -> None:
    assert not matches(stored, "")
    assert not matches(stored, "nobody's")


@pytest.mark.parametrize("good", ["correct horse battery", "äöü äöü äöü äöü!", "x1!" * 80 + "abc", "123456 7890 12"])
def test_what_is_long_enough_is_good(good: str) -> None:
    require_good(good, "ada@example.net", "Ada")


@pytest.mark.parametrize(
    "bad",
    ["", "eleven char", "x" * 300, "aaaaaaaaaaaa", "abababababab", "Ada@Example.Net", "Ada Lovelace King"],
)
def test_what_is_short_or_a_name_is_not(bad: str) -> None:
    with pytest.raises(Invalid):
        require_good(bad, "ada@example.net", "ada lovelace king")


def test_a_password_is_the_same_on_every_keyboard() -> None:
    """Composed or not, full width or not: NFKC before hashing (NIST SP 800-63B)."""
    stored = hashed("Käse und Brot ﬁn")

    for typed in ("Käse und Brot ﬁn", "Ka\u0308se und Brot ﬁn", "Käse\u00a0und Brot fin", "Ｋäse und Brot fin"):
        assert matches(stored, typed)
    assert not matches(stored, "Kase und Brot fin")


def test_a_hash_from_before_passwords_were_normalised_goes_on() -> None:
    stored = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("Ka\u0308se und Brot")

    assert matches(stored, "Ka\u0308se und Brot")


def test_a_password_is_as_long_as_what_is_hashed_of_it() -> None:
    with pytest.raises(Invalid):
        require_good(
            "u\u0308o\u0308a\u0308e\u0308i\u0308y\u0308", "ada@example.net", "Ada"
        )  # six letters of two points each
