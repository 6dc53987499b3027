"""No secret of the corpus survives, however it is cut; no innocent line is touched."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.masking import Masker, mask
from fleet.models.token.record import PREFIX
from tests.support.secret_texts import INNOCENT, KEY, SECRETS


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS.keys())
def test_a_secret_is_masked_by_as_many_stars(text: str, secret: str) -> None:
    masked = mask(text)
    assert secret not in masked
    assert "*" * len(secret) in masked
    assert len(masked.encode()) == len(text.encode())


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS.keys())
def test_a_secret_is_masked_when_it_comes_one_byte_at_a_time(text: str, secret: str) -> None:
    masker = Masker()
    pieces = [masker.feed(bytes([byte])) for byte in text.encode()] + [masker.flush()]
    assert b"".join(pieces).decode() == mask(text)
    assert not any(secret.encode() in piece for piece in pieces)
    assert masker.count >= 1


@pytest.mark.parametrize("text", INNOCENT)
def test_an_innocent_line_stays_as_it_is(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("prefix", PREFIX.values(), ids=PREFIX.keys())
def test_whatever_the_product_itself_hands_out_is_masked(prefix: str) -> None:
    assert mask(f"got {prefix}_{'aB3-_xY9z' * 5} here") == f"got {'*' * 49} here"


def test_what_surrounds_a_secret_stays() -> None:
    assert mask(f"before\n{KEY}\nafter").startswith("before\n*")
    assert mask(f"before\n{KEY}\nafter").endswith("*\nafter")
    assert mask("export DATABASE_PASSWORD=correcthorse; ls") == "export DATABASE_PASSWORD=************; ls"


@given(st.text(max_size=300), st.lists(st.integers(1, 20), max_size=40))
def test_cutting_changes_nothing_and_lengths_hold(text: str, cuts: list[int]) -> None:
    raw = text.encode()
    masker, out, rest = Masker(), [], raw
    for cut in cuts:
        out.append(masker.feed(rest[:cut]))
        rest = rest[cut:]
    whole = b"".join([*out, masker.feed(rest), masker.flush()])
    assert whole.decode() == mask(text)
    assert len(whole) == len(raw)


def test_a_line_without_an_end_is_given_out_before_it_fills_the_memory() -> None:
    masker = Masker()
    given_out = sum(len(masker.feed(b"x" * 1000)) for _ in range(1000))
    assert given_out > 900_000


def test_masking_takes_time_in_proportion_to_the_text() -> None:
    # Every pattern's repeats are bounded: hostile text must not make one of them explode.
    for hostile in (
        "token" * 20_000,
        "a://" * 20_000,
        "authorization" * 8_000,
        "A_" * 50_000,
        "-----BEGIN " * 9_000,
    ):
        assert len(mask(hostile)) == len(hostile)


def test_the_module_needs_the_standard_library_only() -> None:
    code = "import sys; import fleet.masking; print([m for m in sys.modules if m.split('.')[0] in ('flask','sqlalchemy','gevent')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
