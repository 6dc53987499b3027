r"""What a secret looks like: each kind has a word that tells of it, where its pattern begins.

Looking for words costs a hundredth of looking for patterns, so a pattern is tried
only where its word stands: the cost of clean text is that of looking for words,
and of hostile text in proportion to its length.

What the patterns keep to, so that a stream can be masked before its lines are whole:

- none crosses a line end (`\\n` or `\\r`), and all repeats before a secret are bounded (`UNDECIDED`);
- a secret either holds no blank, or everything behind its beginning is taken, its
  end not being asked for: a value whose quote is not closed yet is masked, too.
"""

from __future__ import annotations

import re
from re import Pattern
from typing import NamedTuple

# Bytes from where a pattern begins to where it is sure that it holds, at most.
UNDECIDED = 13_000


class Rule(NamedTuple):
    """A kind of secret. The last group that took part, or the whole match where there is none, is masked."""

    word: bytes
    pattern: Pattern[bytes]
    # The word and the pattern are lower case, the text's case does not matter.
    any_case: bool = False
    # What must stand before it in the same line, within `NEAR` bytes.
    near: Pattern[bytes] | None = None


NEAR = 300
# A quote, also one within a text that was quoted itself; and what may stand between a name and its value.
QUOTE = rb"(?:\\{0,4}[\"'])?"
BLANKS = rb"[ \t]{0,3}"
# What a quoted value is: at least four characters, or fewer where the text ends before its quote is closed.
DOUBLE = rb"\"(?=(?:[^\"\\\r\n]|\\[^\r\n]){4}|[^\"\r\n]{1,3}\Z)((?:[^\"\\\r\n]+|\\[^\r\n])+)"
SINGLE = rb"'(?=[^'\r\n]{4}|[^'\r\n]{1,3}\Z)([^'\r\n]+)"
INNER = rb"\\{1,4}[\"'](?=[^\"'\\\r\n]{4}|[^\"'\\\r\n]{1,3}\Z)([^\"'\\\r\n]+)"
# After `=` without quotes: what follows at once, or, as `~/.aws/credentials` has it, a long word with a figure in it.
PLAIN = rb"=([^\s\"'&;,$<{(\[][^\s\"'&;,]{5,})"
SPACED = rb"[ \t]{1,3}=[ \t]{1,3}(?=[^\s0-9]{0,200}[0-9])([a-z0-9/+_=.~-]{16,2048})(?=[ \t\r\n]|\Z)"
VALUE = (
    rb"(?:[_-]?[a-z0-9]{1,20})?(?=[\\\"' \t=:])(?:"
    + QUOTE
    + BLANKS
    + rb"[=:]"
    + BLANKS
    + rb"(?:"
    + DOUBLE
    + rb"|"
    + SINGLE
    + rb"|"
    + INNER
    + rb")|"
    + PLAIN
    + rb"|"
    + SPACED
    + rb")"
)
# A whole header's value: to the end of the line or the quote. Cookies' own values may be quoted.
HEADER = QUOTE + BLANKS + rb":" + BLANKS + QUOTE + rb"([^\s\"'][^\r\n\"']*)"
COOKIES = QUOTE + BLANKS + rb":[ \t\[]{0,4}" + QUOTE + rb"([^\s\"'\[](?:[^\r\n\"'=]+|=\\{0,4}\"[^\"\r\n]*\"?|=)*)"
# Schemes with one word behind them; and those with many.
SCHEMES = rb"(?:bearer|basic|token|negotiate|ntlm|apikey|api-key|key|splunk|ssws|geniekey)"
LONG_SCHEMES = rb"(?:digest|hawk|oauth|aws4-hmac-sha256)"
AUTHORIZATION = (
    QUOTE
    + BLANKS
    + rb"[:=]"
    + BLANKS
    + QUOTE
    + rb"(?:"
    + (LONG_SCHEMES + rb"[ \t]{1,3}([^\s][^\r\n]*)")
    + rb"|(?:"
    + (
        SCHEMES
        + rb"[ \t]{1,3})?(?!(?:"
        + SCHEMES
        + rb"|"
        + LONG_SCHEMES
        + rb")[ \t]*\Z)((?:[^\s\"',;\\]+|\\(?!\\{0,4}[\"']))+))"
    )
)
# A word of a command line, after a flag.
ARGUMENT = rb"(?:\"([^\"\r\n]+)|'([^'\r\n]+)|([^\s\"'-][^\s\"']*))"
LOGIN = rb"(?:\"[^\s:\"]{1,100}:([^\"\r\n]+)|'[^\s:']{1,100}:([^'\r\n]+)|[^\s:\"']{1,100}:([^\s\"']+))"
PEM_BEGIN = re.compile(rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
PEM_END = re.compile(rb"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
# The longest of both, in bytes.
PEM_MARK = 80


def key(word: bytes, rest: bytes, no_word_before: bytes = rb"[A-Za-z0-9_]") -> Rule:
    """A key that says by its first letters whose it is."""
    literal = re.escape(word)
    return Rule(word, re.compile(literal + rb"(?<!" + no_word_before + literal + rb")" + rest))


def named(word: bytes, name: bytes) -> Rule:
    """A value whose name says that it is secret; `name` begins with `word`."""
    return Rule(word, re.compile(name + VALUE), any_case=True)


def header(word: bytes, rest: bytes) -> Rule:
    """A header, as curl's -v and many logs show them, in any case."""
    return Rule(word, re.compile(re.escape(word) + rest), any_case=True)


RULES = (
    key(b"sk-", rb"(?:ant-|proj-|or-)?[A-Za-z0-9_-]{20,}"),
    key(b"gh", rb"[pousr]_[A-Za-z0-9]{36,}"),
    key(b"github_pat_", rb"[A-Za-z0-9_]{22,}"),
    key(b"glpat-", rb"[A-Za-z0-9_-]{20,}"),
    key(b"xox", rb"[abeoprs]-[A-Za-z0-9-]{10,}"),
    key(b"AKIA", rb"[0-9A-Z]{16}(?![A-Za-z0-9_])"),
    key(b"ASIA", rb"[0-9A-Z]{16}(?![A-Za-z0-9_])"),
    # AWS session tokens: what their first bytes come to in base64.
    key(b"IQoJb3JpZ2lu", rb"[A-Za-z0-9+/=]{20,}"),
    key(b"FwoGZXIvYXdz", rb"[A-Za-z0-9+/=]{20,}"),
    key(b"AIza", rb"[0-9A-Za-z_-]{35}"),
    key(b"npm_", rb"[A-Za-z0-9]{36}"),
    key(b"pypi-", rb"[A-Za-z0-9_-]{16,}"),
    key(b"hf_", rb"[A-Za-z0-9]{30,}"),
    key(b"dckr_", rb"(?:pat|oat)_[A-Za-z0-9_-]{20,}"),
    key(b"SG.", rb"[A-Za-z0-9_-]{16,100}\.[A-Za-z0-9_-]{16,}"),
    *(key(start, rb"[A-Za-z0-9]{16,}") for start in (b"sk_live_", b"sk_test_", b"rk_live_", b"rk_test_")),
    # Fleet's own: a token, link, session, ticket, agent's key, enrolment; and the key of a webhook.
    key(b"fl", rb"[a-z]_[A-Za-z0-9_-]{43,}"),
    key(b"whsec_", rb"[A-Za-z0-9+/_-]{24,}=*"),
    # JSON Web Tokens (RFC 7519): header and payload are JSON objects in base64url. Only where a run of its
    # characters begins, for a run full of beginnings would be gone through again for each.
    key(b"eyJ", rb"[A-Za-z0-9_-]{8,4096}\.eyJ[A-Za-z0-9_-]{4,8192}\.[A-Za-z0-9_-]*", rb"[A-Za-z0-9_-]"),
    header(b"authorization", AUTHORIZATION),
    header(b"cookie", COOKIES),
    header(b"private-token", HEADER),
    header(b"x-", rb"(?<![a-z0-9_]x-)[a-z0-9-]{0,40}(?:token|key|secret|auth)" + HEADER),
    header(
        b"bearer",
        rb"(?:[ \t]{1,3}|" + QUOTE + BLANKS + rb"[:=]" + BLANKS + QUOTE + rb")([a-z0-9._~+/-]{16,}=*)",
    ),
    # A password in a URL.
    Rule(
        b"://",
        re.compile(rb"://(?<=[a-z0-9+.-]://)[^\s/:@]{0,100}:([^\s/@]{1,200})@"),
        any_case=True,
    ),
    # NAME=value and "name": "value".
    *(named(word, word) for word in (b"secret", b"token", b"passphrase", b"credential", b"auth")),
    named(b"passw", rb"passw(?:or)?d"),
    named(
        b"key",
        rb"key(?:(?<=api[_-]key)|(?<=access[_-]key)|(?<=private[_-]key)"
        rb"|(?<=apikey)|(?<=accesskey)|(?<=privatekey))",
    ),
    # Command lines.
    Rule(
        b"curl",
        re.compile(rb"[ \t](?:-u|-U|--user|--proxy-user)(?:[ \t]{1,3}|=)?" + LOGIN),
        near=re.compile(rb"\bcurl[ \t]"),
    ),
    Rule(
        b"login",
        re.compile(rb"[ \t](?:-p|--password)(?:[ \t]{1,3}|=)" + ARGUMENT),
        near=re.compile(rb"\b(?:docker|podman|nerdctl|buildah|skopeo|registry|oras|crane)[ \t]{1,3}login\b"),
    ),
    Rule(
        b"mysql",
        re.compile(rb"[ \t]-p(?:\"([^\"\r\n]{3,})|'([^'\r\n]{3,})|([^\s\"'-][^\s\"']{2,}))"),
        near=re.compile(rb"\bmysql(?:dump|admin|import|show|check)?[ \t]"),
    ),
)
# A text's gist is what a word can be found in: lower case, and only what words are made of. It is half as long.
LOWER = bytes(range(256)).lower()
NO_GIST = bytes(byte for byte in range(256) if byte not in b"-_@" and not LOWER[byte : byte + 1].isalpha())


def gist(text: bytes) -> str:
    """What of `text` words can be found in. All words that stand in the text stand in its gist.

    A `str`, for that is asked in a tenth of the time that bytes take to see that they are not asked for a number.
    """
    return text.translate(LOWER, NO_GIST).decode("ascii")


def by_hint() -> tuple[tuple[str, tuple[Rule, ...]], ...]:
    """The rules by what a gist must hold; a URL with a password has an `@`, and is rare by that."""
    found: dict[str, list[Rule]] = {}
    for rule in RULES:
        found.setdefault(gist(rule.word) or "@", []).append(rule)
    return tuple((hint, tuple(rules)) for hint, rules in found.items())


HINTS = by_hint()
