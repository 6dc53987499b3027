"""A stream is masked as its whole would be, or more, wherever chunks are cut and time runs out; and it is not held up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.masking import Masker, mask
from tests.support.masking import in_pieces, leaked, whole
from tests.support.secret_texts import INNOCENT, KEY, SECRETS

LONG = 1 << 16
TEXTS = [text.encode() for text, _ in SECRETS.values()]
EVERY_TEXT = pytest.mark.parametrize("raw", TEXTS, ids=SECRETS.keys())


# What secrets and what looks like them is made of.
FRAGMENTS = [
    *b'API_KEY token password "client_secret" Authorization Cookie x-api-key curl -u -p mysql ghp_ flt_ sk- eyJ'.split(),
    *[bytes([byte]) for byte in b" \t=:;,.-_@?%>[{'\"\\\n\r\0\xff*"],
    *[b": ", b" = ", b"Bearer ", b"Digest ", b"Set-Cookie: ", b"http://u:", b"docker login ", b"a:b", b'\\"'],
    *[b"abc", b"hunter2secret", b"b1" * 20, b"AKIAIOSFODNN7EXAMPLE", b"eyJhbGciOiJI"],
    *[b"-----BEGIN ", b"-----BEGIN PRIVATE KEY-----", b"-----END PRIVATE KEY-----"],
]


class WithoutHoldBack(Masker):
    """Gives out at once what it is given: the fault that these tests are there for."""

    def feed(self, chunk: bytes) -> bytes:
        return super().feed(chunk) + super().flush()


@EVERY_TEXT
@pytest.mark.parametrize("late", [True, False], ids=["late", "in time"])
def test_no_cut_lets_a_secret_through(raw: bytes, late: bool) -> None:
    for at in range(len(raw) + 1):
        assert leaked(raw, in_pieces(Masker(), raw, [at], late)) == [], at
    assert leaked(raw, in_pieces(Masker(), raw, range(len(raw)), late)) == []


@given(
    st.lists(st.sampled_from([*TEXTS, *(text.encode() for text in INNOCENT)]), min_size=1, max_size=4),
    st.sampled_from([b"\n", b"\r", b"\r\n", b" ", b"\xff\n", b"\0 "]),
    st.lists(st.integers(0, 600), max_size=30),
)
def test_no_cuts_at_any_time_let_secrets_among_other_lines_through(
    texts: list[bytes], between: bytes, cuts: list[int]
) -> None:
    raw = between.join(texts)
    assert leaked(raw, in_pieces(Masker(), raw, [cut for cut in cuts if cut < len(raw)])) == []


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14).map(b"".join), st.lists(st.integers(0, 200), max_size=8))
def test_no_cuts_let_anything_through_that_looks_like_a_secret(raw: bytes, cuts: list[int]) -> None:
    assert leaked(raw, in_pieces(Masker(), raw, range(len(raw)))) == []
    assert leaked(raw, in_pieces(Masker(), raw, [cut for cut in cuts if cut < len(raw)])) == []


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=20))
def test_bytes_stay_bytes(raw: bytes, cuts: list[int]) -> None:
    assert leaked(raw, in_pieces(Masker(), raw, [cut for cut in cuts if cut < len(raw)])) == []


@EVERY_TEXT
def test_a_masker_without_hold_back_is_found_out(raw: bytes) -> None:
    cuts = range(len(raw))
    assert any(leaked(raw, in_pieces(WithoutHoldBack(), raw, [at])) for at in cuts)


@EVERY_TEXT
def test_a_secret_counts_once_though_it_is_masked_in_parts(raw: bytes) -> None:
    at_once, late = Masker(), Masker()
    in_pieces(at_once, raw, [], late=False)
    in_pieces(late, raw, range(len(raw)))
    assert late.count == at_once.count >= 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Password: ", "Password: "),
        ("Do you want to continue? [Y/n]", "Do you want to continue? [Y/n]"),
        ("Password:", "Password:"),
        ("downloading 45%", "downloading 45%"),
        ("downloading 45% eta 3s", "downloading 45% eta "),
        ("compiling main", "compiling "),
        ("export API_KEY=hunt", "export "),
        ("Authorization: Bearer abc", "Authorization: Bearer "),
        ("API_KEY='battery st", "API_KEY='********"),
        ("-----BEGIN RSA PRIV", ""),
        ("key: -----BEGIN RSA PRIVATE KEY-----MII", "key: " + "*" * 34),
    ],
)
def test_what_is_harmless_of_an_unfinished_line_is_given_out_when_it_is_overdue(text: str, shown: str) -> None:
    masker = Masker()
    assert masker.feed(text.encode()) == b""
    given = masker.overdue()
    assert given.decode() == shown
    assert masker.pending == len(text) - len(given)
    assert masker.overdue() == b""
    assert leaked(text.encode(), given + masker.flush()) == []


def test_each_carriage_return_gives_out_what_is_before_it() -> None:
    masker = Masker()
    for percent in range(5_000):
        update = b"\r%d %% of all" % (percent // 50)
        assert masker.pending + len(update) == len(masker.feed(update)) + masker.pending
        assert masker.pending < 20


@pytest.mark.parametrize(
    ("before", "after"),
    [("API_KEY=", "hunter2secret"), ("Authorization: Bearer ", "abc.def"), ('"client_secret": "', 'its me 42"')],
)
def test_a_value_is_masked_though_its_name_went_out_long_ago(before: str, after: str) -> None:
    masker = Masker()
    out = masker.feed(f"so {before}".encode()) + masker.overdue()
    out += masker.feed(after.encode()) + masker.overdue() + masker.feed(b"\n")
    assert out.decode() == mask(f"so {before}{after}\n")


@pytest.mark.parametrize("end", [b"\n", b"\r", b""])
def test_little_is_held_of_a_line_without_an_end(end: bytes) -> None:
    masker, held, out = Masker(), 0, b""
    filler = b"x" * 999 + b" " + end
    for number in range(1000):
        out += masker.feed(filler if number != 500 else b"API_KEY=hunter2secret,")
        held = max(held, masker.pending)
    out += masker.flush()
    assert held <= LONG
    assert (b"hunter2secret" in out, masker.count) == (False, 1)


@pytest.mark.parametrize("gap", range(LONG - 200, LONG + 200, 7))
def test_no_secret_is_cut_where_a_long_line_is(gap: int) -> None:
    for text in ("API_KEY=hunter2secret;", 'password: "two words in it" ', f"TOKEN {KEY} ", "Cookie: a=b; c=d"):
        raw = b"y" * (gap - 16_000) + b" " + text.encode() + b"z" * 40_000
        out = in_pieces(Masker(), raw, range(0, len(raw), 9_000), late=False)
        assert leaked(raw, out) == []


@pytest.mark.parametrize("opening", [b"API_KEY=", b'"token": "', b"Cookie: a=", b"Authorization: Bearer ", b"sk-"])
def test_a_secret_longer_than_what_is_held_is_masked_to_its_end(opening: bytes) -> None:
    raw = b"so " + opening + b"q1" * 200_000 + b"\nafter API_KEY=hunter2secret\nlast"
    for late in (True, False):
        masker = Masker()
        out = in_pieces(masker, raw, range(0, len(raw), 10_000), late)
        assert leaked(raw, out) == []
        assert b"q1" not in out
        assert out.endswith(b"\nafter API_KEY=" + b"*" * 13 + b"\nlast")


def test_what_only_speaks_of_a_key_does_not_hide_all_that_comes_after() -> None:
    raw = b"look for -----BEGIN PRIVATE KEY----- in it\n" + b"a line\n" * 20_000
    out = in_pieces(Masker(), raw, range(0, len(raw), 5_000))
    assert out == whole(raw)
    assert out.startswith(b"look for ****")
    assert out.endswith(b"a line\n" * 9_000)


def test_a_key_that_began_far_before_is_masked_to_its_end() -> None:
    raw = b"{" + b'"a": "b", ' * 9_000 + b"-----BEGIN PRIVATE KEY-----" + b"MIIEvQ\\n" * 7_000
    raw += b"-----END PRIVATE KEY-----" + b', "c": "d"' * 9_000 + b"}\n"
    for step in (777, 5_000, 65_536):
        out = in_pieces(Masker(), raw, range(0, len(raw), step))
        assert leaked(raw, out) == []
        assert b"MIIEvQ" not in out
        assert out.endswith(b'"c": "d"}\n')


@pytest.mark.parametrize("late", [True, False], ids=["late", "in time"])
def test_a_keys_first_and_last_line_are_seen_wherever_a_long_line_is_cut(late: bool) -> None:
    piece, tail, context = 4_096, 16_072, 1_024
    stays = 17 * piece - tail - context
    key = b"-----BEGIN PRIVATE KEY-----" + b"MIIEvQ" * 20 + b"-----END PRIVATE KEY-----"
    for place in range(stays - len(key) - 10, stays + 10, 3):
        raw = b"y" * place + b" " + key + b" and more" * 5_000
        out = in_pieces(Masker(), raw, range(0, len(raw), piece), late)
        assert out == b"y" * place + b" " + b"*" * len(key) + b" and more" * 5_000


@pytest.mark.parametrize("place", range(53_300, 53_700, 20))
def test_the_command_before_a_password_is_known_wherever_a_long_line_is_cut(place: int) -> None:
    raw = b"y" * place + b" curl " + b"--insecure " * 15 + b"-u deploy:hunter2secret " + b"z" * 30_000
    for step in (4_096, 69_632):
        assert b"hunter2" not in in_pieces(Masker(), raw, range(0, len(raw), step), late=False)


@pytest.mark.parametrize("opening", [b'"token": "', b"Cookie: a=b; "])
def test_a_long_value_that_went_out_in_part_is_masked_where_its_line_is_cut(opening: bytes) -> None:
    raw = b"y" * 60_000 + b" " + opening + b"two words " * 3_000
    out = in_pieces(Masker(), raw, range(0, len(raw), 500))
    assert b"words" not in out


@pytest.mark.parametrize("before", [5, 15, 25, 600], ids=str)
def test_a_key_that_begins_in_a_line_masked_to_its_end_is_masked_in_the_next_lines(before: int) -> None:
    piece, context = 4_096, 1_024
    key = b"-----BEGIN PRIVATE KEY-----" + b"MIIEvQ" * 300 + b"\n" + b"MIIEvQ\n" * 50 + b"-----END PRIVATE KEY-----"
    for cut in range(34 * piece, 54 * piece, piece):
        place = cut - context - before
        raw = b'token="' + b"q" * (place - 9) + b'" ' + key + b"\nafter\n"
        out = in_pieces(Masker(), raw, range(0, len(raw), piece), late=False)
        assert (b"MIIEvQ" in out, out.endswith(b"\nafter\n")) == (False, True)


def test_after_the_end_of_a_stream_another_begins() -> None:
    masker = Masker()
    masker.feed(b"-----BEGIN PRIVATE KEY-----\nMIIE")
    masker.flush()
    assert masker.pending == 0
    assert masker.feed(b"nothing here\n") == b"nothing here\n"
