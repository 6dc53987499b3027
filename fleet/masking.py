"""Secrets out of text: each is replaced by as many `*`, so that lengths and offsets hold (contract I8).

Standard library only: the server masks what agents report before it reaches
database, stream or page (security.md 21), and the daemon masks output where it
arises, with the same patterns.
"""

from __future__ import annotations

import re

# Each pattern's group `secret`, or the whole match where it has none, is masked. Repeats before a
# fixed part are bounded: hostile text must not cost more than in proportion to its length.
NAMES = (
    rb"[A-Za-z0-9_.-]{0,60}(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY"
    rb"|CREDENTIAL|AUTH)(?:_?[A-Z0-9]{1,20})?"
)
PATTERNS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        # Keys that say by their first letters whose they are.
        (rb"\bsk-(?:ant-|proj-|or-)?[A-Za-z0-9_-]{20,}", 0),
        (rb"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,})", 0),
        (rb"\bxox[abeoprs]-[A-Za-z0-9-]{10,}", 0),
        (rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", 0),
        (rb"\bAIza[0-9A-Za-z_-]{35}", 0),
        (rb"\b(?:npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{16,}|hf_[A-Za-z0-9]{30,})", 0),
        (rb"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}", 0),
        (rb"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}", 0),
        (rb"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}", 0),
        (rb"\bfl[tlks]_[A-Za-z0-9_-]{43}", 0),
        # JSON Web Tokens (RFC 7519): header and payload are JSON objects in base64url.
        (rb"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*", 0),
        # Headers, as curl's -v and many logs show them.
        (
            (
                rb"\b(?:proxy-)?authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?"
                rb"(?:(?:bearer|basic|token|digest)\s{1,3})?(?P<secret>[^\s\"',;]+)"
            ),
            re.IGNORECASE,
        ),
        (
            rb"\b(?:x-api-key|x-agent-key|cookie|set-cookie)[\"']?\s{0,3}:\s{0,3}(?P<secret>[^\r\n\"']+)",
            re.IGNORECASE,
        ),
        (rb"\bbearer\s{1,3}(?P<secret>[A-Za-z0-9._~+/-]{16,}=*)", re.IGNORECASE),
        # A password in a URL.
        (rb"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{0,100}:(?P<secret>[^\s/@]{1,200})@", re.IGNORECASE),
        # NAME=value and "name": "value", where the name says that it is secret.
        (
            rb"(?<![A-Za-z0-9_])" + NAMES + rb"[\"']?\s{0,3}[=:]\s{0,3}\"(?P<secret>[^\"\r\n]{4,})\"",
            re.IGNORECASE,
        ),
        (
            rb"(?<![A-Za-z0-9_])" + NAMES + rb"[\"']?\s{0,3}[=:]\s{0,3}'(?P<secret>[^'\r\n]{4,})'",
            re.IGNORECASE,
        ),
        (rb"(?<![A-Za-z0-9_])" + NAMES + rb"=(?P<secret>[^\s\"'&;,$<{(\[][^\s\"'&;,]{5,})", re.IGNORECASE),
    )
)
PEM_BEGIN = re.compile(rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
PEM_END = re.compile(rb"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
# A line is held back until it is whole, but never more than this (bytes).
LINE_LONGEST = 1 << 16


def mask(text: str) -> str:
    """`text` with every secret in it replaced by `*`, character for character."""
    raw = text.encode("utf-8", "surrogatepass")
    masker = Masker()
    return (masker.feed(raw) + masker.flush()).decode("utf-8", "surrogatepass")


class Masker:
    """Masks a stream of bytes, however it is cut into chunks.

    What `feed` and `flush` return is as long as what went in; `count` says how
    many secrets were masked. A line is given out once it is whole.
    """

    def __init__(self) -> None:
        self.count = 0
        self._line = bytearray()
        self._in_key = False

    def feed(self, chunk: bytes) -> bytes:
        """Take a chunk; returns whatever can be told to be safe by now."""
        self._line += chunk
        end = self._line.rfind(b"\n") + 1
        if not end and len(self._line) > LINE_LONGEST:
            # Half stays: a secret that begins before the cut is still seen whole.
            end = len(self._line) - LINE_LONGEST // 2
        ready = bytes(self._line[:end])
        del self._line[:end]
        return self._masked(ready)

    def flush(self) -> bytes:
        """The rest, at the end of the stream."""
        rest = bytes(self._line)
        self._line.clear()
        return self._masked(rest)

    def _masked(self, text: bytes) -> bytes:
        lines = text.splitlines(keepends=True)
        return b"".join(self._mask_line(line) for line in lines)

    def _mask_line(self, line: bytes) -> bytes:
        """One line; inside of a private key everything is masked but the line ends."""
        if not self._in_key:
            begin = PEM_BEGIN.search(line)
            if begin is None:
                return self._mask_words(line)
            self._in_key = True
            self.count += 1
            return self._mask_words(line[: begin.start()]) + self._mask_line(line[begin.start() :])
        end = PEM_END.search(line)
        if end is None:
            return stars(line)
        self._in_key = False
        return stars(line[: end.end()]) + self._mask_line(line[end.end() :])

    def _mask_words(self, line: bytes) -> bytes:
        for pattern in PATTERNS:
            line = pattern.sub(self._replace, line)
        return line

    def _replace(self, match: re.Match[bytes]) -> bytes:
        whole = match.group()
        named = "secret" in match.re.groupindex
        start, end = match.span("secret") if named else match.span()
        secret = match.string[start:end]
        if secret.strip(b"*") == b"":
            return whole
        self.count += 1
        offset = match.start()
        return whole[: start - offset] + stars(secret) + whole[end - offset :]


def stars(text: bytes) -> bytes:
    """As many `*` as there are bytes; line ends stay, and so does the length of every character's text.

    A character of several bytes becomes that many `*`.
    """
    return re.sub(rb"[^\r\n]", b"*", text)
