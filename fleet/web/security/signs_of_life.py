"""Which calls are signs of an agent's life, and how they are written down (contract I9).

Every call with the agent's own key is one, and with a program's token every call
that reports for the agent: never one of a browser session, nor what is sent *to*
the agent. A verb that writes anyway takes the sign along in its transaction
(`carried`, `carrying`); of calls that write nothing, polls above all, one in a few
seconds is written, also while a poll is held.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Response

from fleet.db import Transaction, write
from fleet.errors import StorageUnavailable
from fleet.models import agent
from fleet.web.framework.current import the_notes, the_request, the_settings

T = TypeVar("T")
PROGRAMS = ("token", "agent")  # the kinds of credentials that are no browser's
# Verbs by which a program reports for the agent in the address; claims, polls and heartbeats say it themselves.
REPORTS = frozenset(
    {
        "agents.edit",
        "events.create",
        "todos.create",
        "todos.edit",
        "todos.delete",
        "commands.edit",
    }
)
# Seconds between two signs that are written for their own sake, and between those of one poll that is held; ...
EVERY, HELD_EVERY = 3.0, 15.0
# ... sooner where the time to live is short: an agent that polls must not fall silent in between.
OF_TIME_TO_LIVE = 0.25
MOST = 50_000  # a fleet of hosts among them
_noted: dict[str, float] = {}


class Sign:
    """Whose sign the present call is, whether it may find nothing to write, and whether its verb has written it."""

    __slots__ = ("agent_id", "own", "poll", "written")

    def __init__(self, agent_id: str, *, own: bool = False) -> None:
        self.agent_id, self.own = agent_id, own
        self.poll = self.written = False

    def counts(self, status: int) -> bool:
        """An agent's own key speaks for it in any case; a token where it was let speak: 409 is a claim that is held."""
        return self.own or status < 400 or status == 409


def init_app(app: Flask) -> None:
    """Write down, after each call that was a sign, what its verb has not."""
    app.after_request(settle)


def admitted() -> None:
    """Take note of a call that was let in, or that an agent's own key makes."""
    notes = the_notes()
    if notes.identity.agent_id is not None:
        notes.sign = Sign(notes.identity.agent_id, own=True)
    elif by_program():
        asked = the_request()
        if (asked.endpoint or "").removeprefix("v1_") in REPORTS:
            of((asked.view_args or {}).get("agent_id"))


def of(agent_id: str | None, *, poll: bool = False) -> None:
    """The present call speaks for this agent: a sign of its life when a program makes it."""
    notes = the_notes()
    if agent_id is None or not by_program():
        return
    if notes.get("sign") is None:
        notes.sign = Sign(agent_id)
    notes.sign.poll = poll


def by_program() -> bool:
    """True for a token or an agent's own key; a browser's session is a person."""
    return (the_notes().get("credential") or ("",))[0] in PROGRAMS


def carried() -> bool:
    """True when this call is a sign that the caller writes with what it writes of the agent anyway."""
    sign: Sign | None = the_notes().get("sign")
    if sign is None:
        return False
    sign.written = True
    return True


def carrying(verb: Callable[[Transaction], T]) -> Callable[[Transaction], T]:
    """`verb`, writing the call's sign in its own transaction; a poll that finds nothing writes nothing."""
    notes = the_notes()

    def run(tx: Transaction) -> T:
        result = verb(tx)
        sign: Sign | None = notes.get("sign")
        if sign is not None and not sign.written and not (sign.poll and not tx.announcements):
            agent.seen(tx, sign.agent_id)
            sign.written = True
        return result

    return run


def still_held() -> None:
    """The present call is held, and its caller still there: a sign as long as that lasts."""
    sign: Sign | None = the_notes().get("sign")
    if sign is not None:
        note(sign.agent_id, HELD_EVERY)


def settle(response: Response) -> Response:
    """Write the call's sign unless its verb did; what a refused verb wrote is undone, its sign too."""
    sign: Sign | None = the_notes().get("sign")
    if sign is None:
        return response
    if sign.written and response.status_code < 400:
        remember(sign.agent_id)
    elif sign.counts(response.status_code):
        note(sign.agent_id, EVERY)
    return response


def note(agent_id: str, every: float) -> None:
    """Write a sign down unless one was in the last `every` seconds; a full disk must not stop who only looks."""
    every = min(every, the_settings().heartbeat_ttl * OF_TIME_TO_LIVE)
    if _noted.get(agent_id, -every) > time.monotonic() - every:
        return
    remember(agent_id)
    with contextlib.suppress(StorageUnavailable):
        write(lambda tx: agent.seen(tx, agent_id))


def remember(agent_id: str) -> None:
    """One was written just now."""
    if len(_noted) > MOST:
        _noted.clear()
    _noted[agent_id] = time.monotonic()
