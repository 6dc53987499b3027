"""One line of the palette: what it says and what choosing it does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fleet.models.agent import Agent
from fleet.models.host import HostSummary

Pieces = list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Option:
    """A line: `lead` and `name`, where the hits are marked, then what tells it from others.

    Choosing it does one of four things: runs `client`, something of the browser's own; asks for more
    (`step`: what the next request says besides; `label` and `hint`: what stands before and in the field);
    sends `fields` to `post` and says `done`, or `hint` where that came to nothing (204); goes to `href`.
    Tab on a line with `more` asks for what else can be done, as a `step` does.
    """

    name: str
    lead: str = ""
    icon: str = "chevron-right"
    agent: Agent | None = None
    host: HostSummary | None = None
    place: str = ""
    quote: str = ""
    right: str = ""
    keys: str = ""
    number: int | None = None
    href: str | None = None
    step: dict[str, str] | None = None
    more: dict[str, str] | None = None
    label: str = ""
    hint: str = ""
    post: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    done: str = ""
    client: str | None = None
    words: str = ""

    @property
    def pieces(self) -> Pieces:
        """The name in pieces, each with whether it was looked for."""
        return marked(self.name, self.words.split())


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under a heading; `rest` leads to all of them."""

    heading: str
    options: Sequence[Option]
    rest: str | None = None


def marked(text: str, words: Sequence[str]) -> Pieces:
    """`text` in pieces: those that are one of `words`, in any case, and those between them."""
    if not words or len(text) > 2000:
        return [(text, False)]
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)[:8])
    pieces = re.split(f"({pattern})", text, flags=re.IGNORECASE)
    return [(piece, place % 2 == 1) for place, piece in enumerate(pieces) if piece]


def place_of(agent: Agent) -> str:
    """Where an agent works: `payments-api · web-01`."""
    return " · ".join(part for part in (agent.repository, agent.hostname) if part)


def place_of_host(host: HostSummary) -> str:
    """Where a host is, besides its name: `10.0.0.5 · Debian 12`."""
    named = host.hostname if host.hostname != host.name else None
    return " · ".join(part for part in (named, host.address, host.os) if part)


def short(text: str, longest: int = 120) -> str:
    """A text cut for one line."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def options_of(groups: Sequence[Group]) -> list[Any]:
    """All lines, one after the other."""
    return [option for group in groups for option in group.options]
