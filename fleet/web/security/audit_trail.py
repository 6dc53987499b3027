"""What a request leaves in the audit: who, from where, what, which fields. Every view's write goes through here.

Everything is read from the request before the verb is handed to the writer:
the greenlet that runs it may be another request's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec
from flask import Request, request

from fleet.db import Transaction
from fleet.models.audit import Entry
from fleet.models.audit.record import AGENT, NOBODY, PERSON, TOKEN
from fleet.models.audit.subject_names import name_before, name_of, noun_of, row_in, safe_id, safe_name
from fleet.models.hold import Hold
from fleet.models.outcomes import Outcome
from fleet.web.framework.current import the_notes, the_request
from fleet.web.framework.messages import FORMS
from fleet.web.security.credentials import Identity

T = TypeVar("T")
NOTHING = ("", "", "")
UNKNOWN = "unknown"  # the action of a request for what there is not
# An agent that says nothing new only says that it lives: presence, not a write.
PRESENCE = frozenset({"heartbeats.create", "api_reports.create"})
# Calls that may find nothing to do; without a result, or with an empty one, nothing was written.
MAY_DO_NOTHING = frozenset(
    {
        "task_claims.take_next",
        "enrolments.create",
        "sessions.create",
        "notice_pickups.create",
    }
)
# Anybody who signs in or enrols is known only afterwards: by what was made for them.
MAKES_ITS_ACTOR = frozenset({"enrolments.create", "sessions.create"})
FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")
FIELDS_MOST = 40
_names = msgspec.json.Decoder(dict[str, msgspec.Raw])


def audited(verb: Callable[[Transaction], T]) -> Callable[[Transaction], T]:
    """`verb`, leaving an entry in its own transaction when it went well."""
    entry, deletes = begun(), request.method == "DELETE"

    def run(tx: Transaction) -> T:
        name = name_before(tx, entry.noun, entry.subject_id) if deletes else None
        result = verb(tx)
        for each in told(entry, result, tx):
            each.subject_name = each.subject_name or name
            tx.entries.append(each)
        return result

    return run


def begun() -> Entry:
    """The present request as an entry: all that is known before anything is done."""
    asked, known = the_request(), the_notes()
    identity: Identity | None = known.get("identity")
    endpoint, ids = asked.endpoint, asked.view_args
    entry = Entry(
        action=endpoint.removeprefix("v1_") if endpoint else UNKNOWN,
        actor_kind=NOBODY,
        address=asked.remote_addr,
        request_id=known.get("request_id"),
        method=asked.method,
        fields=sent(asked, known.get("body")),
    )
    if identity is not None:
        act(entry, identity, in_browser=(known.get("credential") or NOTHING)[0] == "session")
    if ids:
        aim(entry, *ids.values())
    return entry


def besides(action: str, subject_id: str, name: str, part_id: str | None = None) -> Entry:
    """An entry for what the present request does to something else as well."""
    entry = msgspec.structs.replace(begun(), action=action, subject_id=None, part_id=None)
    aim(entry, subject_id, *((part_id,) if part_id else ()))
    entry.subject_name = safe_name(name)
    return entry


def act(entry: Entry, identity: Identity, *, in_browser: bool) -> None:
    """Say who does it: an agent by its key, a person by a session, else a token, perhaps a person's."""
    entry.actor_name, entry.role = safe_name(identity.name), identity.role
    entry.person_id = identity.person_id
    if identity.agent_id is not None:
        entry.actor_kind, entry.actor_id = AGENT, identity.agent_id
    elif identity.person_id is not None and in_browser:
        entry.actor_kind, entry.actor_id = PERSON, identity.person_id
    else:
        entry.actor_kind, entry.actor_id = TOKEN, identity.grant_id


def aim(entry: Entry, *ids: object) -> None:
    """Say to what: the first id in an address is the aggregate's, the second a part's of it."""
    entry.subject_id = safe_id(str(ids[0]))
    entry.noun = noun_of(entry.subject_id) or singular(entry.action)
    if len(ids) > 1:
        entry.part_id = safe_id(str(ids[1]))


def singular(action: str) -> str:
    """What an action is about, from its first half: `stream_tickets.create` makes a stream ticket."""
    noun = action.partition(".")[0].replace("_", " ")
    return "person" if noun == "people" else noun.removesuffix("s")


def sent(asked: Request, body: bytes | None) -> tuple[str, ...]:
    """The names of the fields that were sent; never a value."""
    if body:  # it has been read as one of our own shapes: it has no other fields
        return tuple(_names.decode(body))
    if asked.mimetype not in FORMS or "form" not in asked.__dict__:  # what was refused unread stays unread
        return ()
    return tuple(name for name in asked.form if FIELD.fullmatch(name) and name != "_method")[:FIELDS_MOST]


def told(entry: Entry, result: object, tx: Transaction) -> Iterator[Entry]:
    """The entries for what a verb gave back: none for what came to nothing, one for each of many."""
    if entry.action in PRESENCE and not tx.announcements:
        return
    if entry.action in MAY_DO_NOTHING and (not result or isinstance(result, Hold)):
        return
    if isinstance(result, list) and result and isinstance(result[0], Outcome):
        yield from (one_of_many(entry, each) for each in result if each.error is None)
        return
    row = row_in(result)
    if row is not None:
        hit(entry, row)
        if entry.action in MAKES_ITS_ACTOR:
            act_as_made(entry, row)
    yield entry


def one_of_many(entry: Entry, outcome: Outcome) -> Entry:
    """A bulk act, for one of its agents or tasks."""
    name = safe_name(outcome.name) if outcome.name else None
    return msgspec.structs.replace(entry, noun=outcome.noun, subject_id=outcome.id, subject_name=name)


def hit(entry: Entry, row: Any) -> None:
    """Fill in what the row tells: its name, or that it is a new part of the subject."""
    if entry.subject_id is None:
        aim(entry, row.id)
    elif entry.part_id is None and row.id != entry.subject_id:
        entry.part_id = row.id
    if row.id == entry.subject_id:
        entry.subject_name = name_of(row, entry.noun)


def act_as_made(entry: Entry, row: Any) -> None:
    """Anybody who has just signed in, or enrolled, is the actor."""
    entry.actor_name, entry.role = safe_name(row.name), getattr(row, "role", AGENT)
    person = getattr(row, "person_id", None)
    if entry.noun == AGENT:
        entry.actor_kind, entry.actor_id = AGENT, row.id
    elif person is not None:
        entry.actor_kind, entry.actor_id, entry.person_id = PERSON, person, person
    else:
        entry.actor_kind, entry.actor_id = TOKEN, row.parent_id
