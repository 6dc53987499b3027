"""What couriers carry, what they must obey, and how they say that it did not work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fleet.errors import FleetError

# Seconds that a delivery may take from its connection on, however the other side behaves.
LONGEST = 15.0
# Titles that a message of many names one by one.
LISTED = 20
# What many agents have done, where a message tells that of them and nothing else.
MANY = {"silence": "have fallen silent", "back": "are back"}


@dataclass(frozen=True, slots=True)
class Item:
    """One notice: what happened to which agent, in words, and where it can be read."""

    id: str
    kind: str
    agent_id: str | None
    agent_name: str
    title: str
    text: str
    url: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message: `id` stays the same for every try of it.

    `items` are its notices in the order in which things happened; where there are very many, the first of them:
    `count` is how many there are, about so many `agents`.
    """

    id: str
    target: str
    secret: str | None
    items: Sequence[Item]
    home: str
    count: int = 1
    agents: int = 1

    @property
    def alone(self) -> bool:
        """Whether it tells of one thing only."""
        return self.count == 1

    @property
    def kind(self) -> str:
        """The only item's kind, or `digest`."""
        return self.items[0].kind if self.alone else "digest"

    @property
    def title(self) -> str:
        """One line."""
        if self.alone:
            return self.items[0].title
        many = MANY.get(self.items[0].kind) if len({item.kind for item in self.items}) == 1 else None
        if self.agents > 1:
            return f"{self.agents} agents {many or 'need a look'}"
        return f"{self.items[0].agent_name} needs a look"

    @property
    def text(self) -> str:
        """The words below the title; of many items their titles."""
        if self.alone:
            return self.items[0].text
        lines = [f"- {item.title}" for item in self.items[:LISTED]]
        more = self.count - len(lines)
        return "\n".join([*lines, f"- and {more} more"] if more else lines)

    @property
    def url(self) -> str:
        """Where to look: at the agent, or at the overview when there are several."""
        urls = {item.url for item in self.items}
        return urls.pop() if len(urls) == 1 and self.agents == 1 else self.home

    @property
    def at(self) -> datetime:
        """When the newest of it happened."""
        return max(item.at for item in self.items)


@dataclass(frozen=True, slots=True)
class Rules:
    """What an administrator allows and provides: `listed` hosts and networks, and the mail server."""

    listed: tuple[str, ...] = ()
    smtp_url: str = ""
    smtp_from: str = ""


class Undelivered(FleetError):
    """It did not arrive. `final`: another try would not help; `gone`: nor would another message.

    `ours`: this server's own way out is not in order, so that nothing goes to anybody by it; the receiver is not to
    blame, nor is anybody who waits for the message. It is sent when that is put right.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        final: bool = False,
        gone: bool = False,
        ours: bool = False,
        wait: int = 0,
    ) -> None:
        super().__init__("UNDELIVERED", message)
        self.status = status
        self.final = final or gone
        self.gone = gone
        self.ours = ours
        self.wait = wait


def one_line(text: str) -> str:
    """Printable characters on one line: what stands in subjects and headers can begin no other one."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


Courier = Callable[[Parcel, Rules], int | None]
