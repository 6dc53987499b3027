"""No secret of the corpus survives, however it is cut; no innocent line is touched."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.masking import Masker, mask

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\nAAAAAAAAABAAAAMwAAAAtzc2g\n-----END OPENSSH PRIVATE KEY-----"
JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
# The text, and what of it must not be seen afterwards.
SECRETS = {
    "anthropic": ("key sk-ant-api03-" + "A1b2" * 10 + " end", "A1b2A1b2"),
    "openai": ("OPENAI sk-proj-" + "Zx9_" * 8, "Zx9_Zx9_"),
    "github": ("remote: ghp_" + "a1B2c3" * 6, "a1B2c3a1"),
    "github fine-grained": ("github_pat_11ABCDEFG0" + "x" * 30, "11ABCDEFG0"),
    "gitlab": ("token glpat-abcdefghij0123456789", "abcdefghij"),
    "slack": ("xoxb-123456789012-abcdefghijkl", "123456789012"),
    "aws": ("id AKIAIOSFODNN7EXAMPLE and", "IOSFODNN7"),
    "aws secret": ("aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtn"),
    "google": ("AIza" + "Sy" * 17 + "B", "SySySySy"),
    "npm": ("//r/:_authToken=npm_" + "q" * 36, "qqqqqq"),
    "hugging face": ("hf_" + "AbCdEfGhIj" * 3 + "Kl", "AbCdEfGhIj"),
    "stripe": ("sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "4eC39HqLyj"),
    "fleet": ("flt_" + "a" * 43, "aaaaaa"),
    "jwt": (f"got {JWT}.", "eyJzdWIi"),
    "pem": (f"before\n{KEY}\nafter", "b3BlbnNzaC1r"),
    "header": ("> Authorization: Bearer abc.def-ghi_jkl", "abc.def"),
    "basic": ("authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    "header in json": ('{"Authorization": "Bearer 0123456789abcdef"}', "0123456789abcdef"),
    "curl": ("curl -H 'X-API-Key: 9f8e7d6c5b4a' host", "9f8e7d6c5b4a"),
    "cookie": ("Cookie: session=8d7f6e; theme=dark", "8d7f6e"),
    "url": ("postgresql://app:hunter2secret@db:5432/x", "hunter2secret"),
    "environment": ("export DATABASE_PASSWORD=correcthorse", "correcthorse"),
    "quoted": ("API_KEY='battery staple 42'", "battery staple"),
    "json": ('{"client_secret": "shhh-its-me-42", "a": 1}', "shhh-its-me"),
    "yaml": ('password: "p4ssw0rd!"', "p4ssw0rd"),
    "dotted": ("spring.datasource.password=s3cr3tvalue", "s3cr3tvalue"),
}
INNOCENT = [
    "max_tokens=4096",
    "tokens: 214k",
    "TOKEN=$FLEET_TOKEN",
    "password=${DB_PASSWORD}",
    "author: Mira Novak",
    "Added 6 tests in tests/test_tokens.py",
    "The password field is required",
    "auth module reviewed",
    "https://example.org:8080/path?x=1",
    "see sk-learn docs",
    "git@github.com:owner/repo.git",
    "-----BEGIN CERTIFICATE-----",
    "SECRET_SANTA=",
    "commit 5ab63d7e1f",
    "progress 45",
    "😀 naïve café",
    "api_key=<your key>",
    "eyJ is how a token begins",
]


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS.keys())
def test_a_secret_is_masked_by_as_many_stars(text: str, secret: str) -> None:
    masked = mask(text)
    assert secret not in masked
    assert "*" * len(secret) in masked
    assert len(masked) == len(text)


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
