"""Refusals of right leave an entry too; a flood of them leaves a few (security.md 22).

The first of a kind (who or from where, which action, which code) is written at
once. Further ones within WINDOW are counted, and written as one entry when it
closes or the server stops. How much is remembered, and how often something is
written at once, is bounded: anybody who asks from many places writes no more.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass

from flask import Flask, g

from fleet import db
from fleet.db import Transaction
from fleet.errors import StorageUnavailable
from fleet.models.audit import Entry
from fleet.parts import parts_of, the
from fleet.web.security.audit_trail import begun
from fleet.web.security.networks import network_of

WINDOW = 60.0
WINDOWS_MOST = 500
# Written at once: so many in a row, then so many a second.
AT_ONCE, PER_SECOND = 50.0, 5.0
REFUSALS = frozenset({401, 403, 421, 429})
Kind = tuple[str | None, str, str, str | None]
# Tells one unknown account from another until the next start; what was typed cannot be found out by trying.
_salt = secrets.token_bytes(32)


@dataclass(slots=True)
class Window:
    """Refusals of one kind since one of them was written: the last one's entry, and how many."""

    closes: float
    entry: Entry
    counted: int = 0


class Refusals:
    """The windows that are open, and the writing of what they counted."""

    def __init__(self) -> None:
        self._open: dict[Kind, Window] = {}
        self._credit = AT_ONCE
        self._credit_at = time.monotonic()

    def note(self, code: str) -> None:
        """Note that the present request is refused with `code`."""
        entry, now = begun(), time.monotonic()
        entry.result, entry.fields = code, ()
        name_target(entry)
        who = entry.actor_id or network_of(entry.address or "")
        kind: Kind = (who, entry.action, code, g.get("refused_account"))
        window = self._open.get(kind)
        if window is None and len(self._open) >= WINDOWS_MOST:
            kind = (None, "", code, None)
            entry = Entry(action="many", actor_kind=entry.actor_kind, result=code)
            window = self._open.get(kind)
        if window is not None and now < window.closes:
            window.counted += 1
            window.entry = entry
            return
        ready = [] if window is None else due(window)
        self._open[kind] = Window(now + WINDOW, entry)
        if self._may_write(now):
            keep([*ready, entry])
        else:
            self._open[kind].counted = 1 + (window.counted if window else 0)

    def flush(self, *, everything: bool = False) -> None:
        """Write what closed windows counted; at the server's stop, what all did."""
        now = time.monotonic()
        over = [kind for kind, window in self._open.items() if everything or now >= window.closes]
        windows = [self._open.pop(kind) for kind in over]
        keep([entry for window in windows for entry in due(window)])

    def _may_write(self, now: float) -> bool:
        self._credit = min(AT_ONCE, self._credit + (now - self._credit_at) * PER_SECOND)
        self._credit_at = now
        if self._credit < 1.0:
            return False
        self._credit -= 1.0
        return True


def init_app(app: Flask) -> None:
    """Give the application its windows."""
    parts_of(app).add(Refusals())


def note(code: str) -> None:
    """Note that the present request is refused."""
    the(Refusals).note(code)


def name_target(entry: Entry) -> None:
    """A refused sign-in is about an account: the person's, or one that nobody has."""
    account = g.get("refused_account")
    if account is not None:
        entry.noun, entry.subject_id = "person" if account.startswith("usr_") else "account", account


def account_of(person_id: str | None, typed: str) -> str:
    """How an entry calls the account that somebody tried: never by what was typed."""
    return person_id or hmac.digest(_salt, typed.encode("utf-8", "replace"), hashlib.sha256).hex()[:12]


def due(window: Window) -> list[Entry]:
    """What a window has counted, as one entry."""
    window.entry.repeated = window.counted
    return [window.entry] if window.counted else []


def keep(entries: list[Entry]) -> None:
    """Write them. A disk that refuses must not keep anybody from being told no."""
    if not entries:
        return

    def add(tx: Transaction) -> None:
        tx.entries.extend(entries)

    with suppress(StorageUnavailable):
        db.write(add)
