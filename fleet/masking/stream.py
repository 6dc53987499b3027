"""A stream of bytes, masked however time and chunks cut it."""

from __future__ import annotations

import re

from fleet.masking.patterns import PEM_MARK, UNDECIDED
from fleet.masking.spans import LINE_END, Span, keys, merged, stars, words

# Bytes looked at in one go, and how long a line may become before some of it is given out.
PIECE = 1 << 16
# What of a long line stays held, so that no secret is cut before it is known for one.
TAIL = UNDECIDED + (3 << 10)
# What of a line that was given out stays for matching: a name, whose value comes later.
CONTEXT = 1 << 10
# A word that ends like a prompt or a figure: no secret can begin in it and go on behind it.
PROMPT = re.compile(rb"(?:^|[ \t])(?!-)[^\s=:\"'@\\]{0,60}[?:>$#%\])}!]\Z")
# A private key's first line, begun.
KEY_BEGUN = re.compile(rb"-----BEGIN[A-Z0-9 ]*-{0,4}\Z")


class Masker:
    r"""Masks a stream of bytes, however it is cut into chunks.

    What comes out is as long as what went in; `count` says how many secrets were
    masked. A line is given out once it is whole: `\\n` and `\\r` both end one, and
    no secret is looked for across them but a private key. The owner, who has the
    clock, calls `overdue` when something has been `pending` for too long. By that
    more can be masked than in one go (a value too short to be one, whose quote
    is not closed yet), never less.
    """

    def __init__(self) -> None:
        self.count = 0
        # The unfinished line (of a long one the end only); its first `_given` bytes have been given out.
        self._line = bytearray()
        self._given = 0
        # How many bytes more a private key may have that began before `_line`.
        self._key = 0
        # A secret longer than can be held: all is masked until the line ends.
        self._blind = False
        # How long the line was when it was last looked at to no avail, and how long it must be to be cut.
        self._looked, self._longest = 0, PIECE

    @property
    def pending(self) -> int:
        """How many bytes are held."""
        return len(self._line) - self._given

    def feed(self, chunk: bytes) -> bytes:
        """Take a chunk; returns what is safe by now: lines that are whole, and most of one that grows too long."""
        if len(chunk) <= PIECE:
            return self._take(chunk)
        return b"".join(self._take(chunk[at : at + PIECE]) for at in range(0, len(chunk), PIECE))

    def overdue(self) -> bytes:
        """What can be given out of the unfinished line: all before its last blank, or all if it ends like a prompt.

        What was given out stays for matching: a name is known when its value comes.
        """
        if self._looked == len(self._line):
            return b""
        line = bytes(self._line)
        self._looked = len(line)
        private, left = keys(line, self._key)
        upto = len(line) if left or self._blind else whole_words(line)
        return self._give(line, [*words(line), *private], max(upto, self._given))

    def flush(self) -> bytes:
        """The rest, at the end of the stream."""
        line = bytes(self._line)
        out = self._all(line)
        self._key = 0
        return out

    def _take(self, piece: bytes) -> bytes:
        end = max(piece.rfind(b"\n"), piece.rfind(b"\r")) + 1
        out = b""
        if end:
            out = self._all(bytes(self._line) + piece[:end])
        self._line += piece[end:]
        return out + self._cut() if len(self._line) > self._longest else out

    def _all(self, text: bytes) -> bytes:
        """Give out the unfinished line and what makes it whole; nothing is held afterwards."""
        private, left = keys(text, self._key)
        spans = [*words(text), *private]
        blind = b""
        if self._blind:
            end = LINE_END.search(text, self._given)
            blind = stars(text[self._given : end.start() if end else len(text)])
            self._given, self._blind = self._given + len(blind), False
        out = self._give(text, spans, len(text))
        self._key = left
        self._start_with(b"", 0)
        return blind + out

    def _cut(self) -> bytes:
        """Give out most of a long line, in front of its last bytes and not within a secret."""
        line = bytes(self._line)
        private, _ = keys(line, self._key)
        spans = [*words(line), *private]
        blind = self._blind
        upto = len(line) if blind else outside(spans, len(line) - TAIL)
        if upto < len(line) // 2:
            if len(line) < 2 * PIECE:
                self._longest = len(line) + TAIL
                return b""
            # What the tail is cannot be known before its end: from here on everything is masked.
            spans.append(Span(len(line) - TAIL, len(line) - TAIL, len(line)))
            upto, blind = len(line), True
        out = self._give(line, spans, max(upto, self._given))
        self._blind = blind
        # Not from what was given out: a value can have gone out in part, and its name must stay.
        stays = beside_marks(private, max(upto - CONTEXT, 0))
        self._key = keys(line[:stays], self._key)[1]
        self._start_with(line[stays:], self._given - stays)
        return out

    def _start_with(self, line: bytes, given: int) -> None:
        self._line, self._given = bytearray(line), given
        self._looked, self._longest = 0, PIECE

    def _give(self, text: bytes, spans: list[Span], upto: int) -> bytes:
        """`text` from what was given out before to `upto`, masked."""
        at, self._given = self._given, max(upto, self._given)
        if self._blind:
            return stars(text[at:upto])
        if not spans:
            return text[at:upto]
        parts = []
        for start, end in merged(spans):
            self.count += at <= start < upto if start >= 0 else 0
            if end > at and start < upto:
                parts += [text[at : max(start, at)], stars(text[max(start, at) : min(end, upto)])]
                at = min(end, upto)
        return b"".join([*parts, text[at:upto]])


def whole_words(line: bytes) -> int:
    """Where the words of an unfinished line end that no later byte can make a part of a secret."""
    if PROMPT.search(line, max(len(line) - 64, 0)):
        return len(line)
    upto = max(line.rfind(b" "), line.rfind(b"\t")) + 1
    begun = KEY_BEGUN.search(line, max(len(line) - PEM_MARK, 0))
    return min(upto, begun.start()) if begun else upto


def beside_marks(private: list[Span], at: int) -> int:
    """The last place up to `at` from which on no private key's first and last line have lost their beginning."""
    for _, start, end in reversed(private):
        if end - PEM_MARK < at < end:
            at = max(end - PEM_MARK, start, 0)
        if start < at < start + PEM_MARK:
            at = max(start, 0)
    return at


def outside(spans: list[Span], at: int) -> int:
    """The last place up to `at` that no secret goes across."""
    for opening, _, end in sorted(spans, reverse=True):
        if opening < at < end:
            at = opening
    return at
