"""`fleet user`: people from the shell of the machine that Fleet runs on, so that nobody is locked out for good."""

from __future__ import annotations

import getpass
from typing import Any

from sqlalchemy import Row

from fleet.config import Settings
from fleet.console.audit_chain import act
from fleet.console.opened import columns, database, moment
from fleet.db import Transaction, db
from fleet.errors import NotFound
from fleet.models import person, token
from fleet.server.whereabouts import as_served
from fleet.shell import plain


def add(settings: Settings, email: str, name: str, role: str) -> tuple[str, str]:
    """Invite somebody; returns facts for people, and the one-time link."""

    def invite(tx: Transaction) -> tuple[Row[Any], token.Issued]:
        row = person.invite(tx, email, name, role)
        return row, token.link(tx, row, operator())

    row, link_token = act(settings, "people.create", invite)
    return said(row, link_token), link(settings, link_token)


def new_link(settings: Settings, email: str) -> tuple[str, str]:
    """A new one-time link for somebody who cannot get in. Raises NotFound."""

    def make(tx: Transaction) -> tuple[Row[Any], token.Issued]:
        person = known(tx, email)
        return person, token.link(tx, person, operator())

    person, link_token = act(settings, "person_links.create", make)
    return said(person, link_token), link(settings, link_token)


def edit(settings: Settings, email: str, **changes: Any) -> Row[Any]:
    """Change a role, shut somebody out, let them in again. Raises NotFound, Conflict."""
    return act(settings, "people.edit", lambda tx: person.edit(tx, known(tx, email).id, changes))


def table(settings: Settings) -> str:
    """Everybody, one line each."""
    with database(settings):
        rows = person.everybody(db.session.connection())
    lines = [("EMAIL", "NAME", "ROLE", "STATE", "LAST SEEN")]
    lines += [(row.email, row.name, row.role, state(row), moment(row.seen_at)) for row in rows]
    return columns(lines)


def state(row: Row[Any]) -> str:
    """How things stand with somebody, in a word or two."""
    return "shut out" if row.disabled_at else "active" if row.password_hash else "invited"


def known(tx: Transaction, email: str) -> Row[Any]:
    """The person with this address. Raises NotFound."""
    row = person.by_email(tx.connection, person.lowered(email))
    if row is None:
        raise NotFound("PERSON_NOT_FOUND", f"Nobody here has the address {email}.")
    return row


def said(person: Row[Any], link_token: token.Issued) -> str:
    """What the link is, for people."""
    until = moment(link_token.row.expires_at)
    return (
        f"One-time link for {plain.line(person.name)} <{plain.line(person.email)}>, {person.role}, good until {until}:"
    )


def link(settings: Settings, link_token: token.Issued) -> str:
    """Where a one-time link leads."""
    return f"{as_served(settings).url}/login?link={link_token.secret}"


def operator() -> str:
    """Who sits at the shell."""
    return f"{getpass.getuser()} at the console"
