"""Which hosts are asked for, in words: `tag:web and not (os:debian or arch:arm64)`.

Read in one pass, without going back: so many characters, so many terms, so
many brackets within each other and no more. What cannot be read is told with
the place where that shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

LONGEST, TERMS_MOST, DEPTH_MOST = 500, 50, 20
# What a term may ask about; a term without any asks for name, host name and address.
FIELDS = ("tag", "name", "host", "ip", "os", "arch", "version", "state")
STATES = ("offline", "warning", "active", "idle")
_TOKEN = re.compile(r"\s*(?:([()])|((?:[A-Za-z]+:)?)(?:\"([^\"]*)(\"?)|([^\s()\"]+)))")
_OPERATORS = ("and", "or", "not")


class Unreadable(ValueError):
    """The text is no expression; `position` counts its characters from 1."""

    def __init__(self, position: int, sentence: str) -> None:
        super().__init__(f"{sentence} (at character {position})")
        self.position = position


@dataclass(frozen=True, slots=True)
class Term:
    """A host is asked for by one word of it; `field` is one of FIELDS, or "" for its name and places."""

    field: str
    word: str


@dataclass(frozen=True, slots=True)
class Not:
    """Those that do not match."""

    inner: Expression


@dataclass(frozen=True, slots=True)
class All:
    """Those that match each of these."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Those that match one of these."""

    parts: tuple[Expression, ...]


Expression = Term | Not | All | AnyOf


class Token(NamedTuple):
    """A bracket or an operator (`kind` is itself), or a term (`kind` is "term"); where it begins, from 1."""

    kind: str
    position: int
    term: Term | None = None


def parse(text: str) -> Expression | None:
    """What is asked for; None where nothing is. Raises Unreadable."""
    if len(text) > LONGEST:
        raise Unreadable(LONGEST + 1, f"More than {LONGEST} characters")
    tokens = list(tokens_of(text))
    if not tokens:
        return None
    reader = Reader(tokens, len(text) + 1)
    found = reader.any_of(0)
    reader.require_end()
    return found


def tokens_of(text: str) -> Iterator[Token]:
    """The tokens of a text, in order. Raises Unreadable."""
    place, terms, end = 0, 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            raise Unreadable(place + 1, "This cannot be read")
        place = match.end()
        begin = place - len(match[0].lstrip()) + 1
        if match[1]:
            yield Token(match[1], begin)
        elif not match[2] and match[3] is None and match[5].lower() in _OPERATORS:
            yield Token(match[5].lower(), begin)
        else:
            terms += 1
            if terms > TERMS_MOST:
                raise Unreadable(begin, f"More than {TERMS_MOST} terms")
            yield Token("term", begin, term_of(match, begin))


def term_of(match: re.Match[str], begin: int) -> Term:
    """The term in a token. Raises Unreadable for a field that there is not, and for one without a value."""
    if match[3] is not None and not match[4]:
        raise Unreadable(begin + len(match[2]), "This quotation mark is not closed")
    field, word = match[2].rstrip(":").lower(), match[3] if match[3] is not None else match[5]
    if not field and match[3] is None and (word.startswith(":") or word.endswith(":")):
        raise Unreadable(begin, f"A value is missing behind {word}" if word != ":" else "A field is missing before :")
    if field and field not in FIELDS:
        raise Unreadable(begin, f"There is no field {field}; there are {', '.join(FIELDS)}")
    if field and not word.strip():
        raise Unreadable(begin, f"A value is missing behind {field}:")
    if field == "state" and word.lower() not in STATES:
        raise Unreadable(begin + len(match[2]), f"There is no state {word[:30]}; there are {', '.join(STATES)}")
    return Term(field, word)


class Reader:
    """Goes over the tokens once: `or` binds least, then `and`, which may be left out, then `not`."""

    def __init__(self, tokens: list[Token], end: int) -> None:
        self._tokens = tokens
        self._end = Token("", end)
        self._next = 0

    @property
    def here(self) -> Token:
        """The token that comes next; of no kind at the end."""
        return self._tokens[self._next] if self._next < len(self._tokens) else self._end

    def take(self) -> Token:
        """The next token; it is dealt with."""
        token = self.here
        self._next += 1
        return token

    def any_of(self, depth: int) -> Expression:
        """Several of which one is enough, or just one."""
        parts = [self.all_of(depth)]
        while self.here.kind == "or":
            self.take()
            parts.append(self.all_of(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def all_of(self, depth: int) -> Expression:
        """Several that all have to match, or just one."""
        parts = [self.one(depth)]
        while self.here.kind in ("and", "not", "(", "term"):
            if self.here.kind == "and":
                self.take()
            parts.append(self.one(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def one(self, depth: int) -> Expression:
        """A term, brackets, or either of them negated; an even number of `not` says nothing."""
        negated = False
        while self.here.kind == "not":
            self.take()
            negated = not negated
        token = self.take()
        if token.term is not None:
            found: Expression = token.term
        elif token.kind == "(":
            found = self.bracketed(token, depth)
        else:
            raise Unreadable(token.position, expected(token))
        return Not(found) if negated else found

    def bracketed(self, opened: Token, depth: int) -> Expression:
        """What stands between brackets."""
        if depth >= DEPTH_MOST:
            raise Unreadable(opened.position, f"More than {DEPTH_MOST} brackets within each other")
        found = self.any_of(depth + 1)
        if self.take().kind != ")":
            raise Unreadable(opened.position, "This bracket is not closed")
        return found

    def require_end(self) -> None:
        """Raise Unreadable for what follows a whole expression."""
        if self.here.kind:
            raise Unreadable(self.here.position, "No bracket is open that this one would close")


def expected(token: Token) -> str:
    """What is wrong with a token where a term has to be."""
    if not token.kind:
        return "A word, or a field such as tag:web, has to follow"
    return f"A word, or a field such as tag:web, has to stand before {token.kind}"
