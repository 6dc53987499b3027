"""The audit from the shell: what commands leave in it, verifying it, accepting it."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from fleet.config import Settings
from fleet.config.database_trouble import why
from fleet.console.opened import database, moment
from fleet.db import Transaction, db, write
from fleet.logs import logger
from fleet.models.audit import Broken, Entry, Link, ends
from fleet.models.audit import anchor as anchored
from fleet.models.audit import verify as steps
from fleet.models.audit.record import CONSOLE
from fleet.models.audit.subject_names import name_of, noun_of, row_in, safe_name

T = TypeVar("T")
log = logger(__name__)


def act(settings: Settings, action: str, verb: Callable[[Transaction], T], subject_id: str | None = None) -> T:
    """Open the database and write, with an entry in the same transaction: who sits at the shell did it."""

    def told(tx: Transaction) -> T:
        result = verb(tx)
        entry, row = by_shell(action), row_in(result)
        entry.subject_id = subject_id or (None if row is None else str(row.id))
        entry.noun = noun_of(entry.subject_id or "")
        entry.subject_name = name_of(row, entry.noun)
        tx.entries.append(entry)
        return result

    with database(settings):
        result = write(told)
        if settings.sqlite_path is not None:
            move_anchor(settings.sqlite_path)
    return result


def by_shell(action: str) -> Entry:
    """An entry of the person at the shell."""
    return Entry(action=action, actor_kind=CONSOLE, actor_name=safe_name(getpass.getuser()))


def move_anchor(path: Path) -> None:
    """Write the new head down; an anchor that is wrong stays, for `fleet audit verify` to tell of."""
    try:
        with db.engine.connect() as connection:
            head = anchored.advance(connection, path)
    except Broken:
        return
    if head is not None:
        try:
            anchored.write(path, head)
        except OSError as error:  # what was done is done; the server, or the next command, writes it
            log.warning("the audit's anchor could not be written", why=why(anchored.path_of(path), error))


def verify(settings: Settings, head: str | None) -> str:
    """Look at every entry; returns what was found good. Raises Broken at the first that is not."""
    named = [("--head", Link.parse(head))] if head else []
    with database(settings):
        path = settings.sqlite_path
        anchor = anchored.read(path) if path is not None else None
        if anchor is not None:
            named.append(("the anchor", anchor.link))
        with db.engine.connect() as connection:
            chain_ends = ends(connection)
        *_, last = steps(db.engine.connect, named)
    if path is not None and not named and last.at.seq:
        raise Broken(
            f"There is no anchor {anchored.path_of(path)}: the {last.checked} entries that there are hold"
            " together, but whether some are missing at the end cannot be told. For a copy, give --head."
        )
    lines = [f"{last.checked} entries are as they were written: {chain_ends.floor.seq + 1} to {last.at.seq}."]
    if anchor is not None:
        lines.append(f"Anchored at entry {anchor.seq}, {moment(anchor.at)}.")
    lines.append(f"Head: {last.at}")
    return "\n".join(lines)


def accept(settings: Settings) -> str:
    """Make the present head the anchor, whatever the one before said; that is an entry. Returns what was done."""
    path = settings.sqlite_path
    if path is None:
        raise Broken("Only SQLite's audit has an anchor here.")
    try:
        before = anchored.read(path)
        was = "none" if before is None else str(before.link)
    except Broken:
        was = "unreadable"
    with database(settings):
        entry = by_shell("audit.anchor")
        entry.noun, entry.subject_id = "audit", was
        write(lambda tx: tx.entries.append(entry))
        with db.engine.connect() as connection:
            head = ends(connection).head
        try:
            anchored.write(path, head)
        except OSError as error:
            raise Broken(f"The anchor cannot be written: {why(anchored.path_of(path), error)}.") from error
    return f"The audit is anchored as it stands, at {head}; the anchor before was: {was}."
