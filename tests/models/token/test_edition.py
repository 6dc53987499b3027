"""A process that remembers credentials learns of every change to them, whatever the clock says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from fleet.db import Transaction, write
from fleet.models import agent, agent_removal, person, token
from tests.support.application import Clock, connected


def edition() -> int:
    with connected() as connection:
        return token.edition(connection)


def secret(tx: Transaction, kind: str = "token", **more: Any) -> Any:
    return token.create(tx, kind, "ci", "operator", **more).row


def somebody(tx: Transaction) -> Any:
    return person.invite(tx, "ada@example.com", "Ada", "operator")


def somebody_signed_in(tx: Transaction) -> Any:
    found = somebody(tx)
    token.session(tx, found.name, found.role, person_id=found.id)
    return found


def agent_with_key(tx: Transaction) -> Any:
    made = agent.create(tx, {"name": "Ada", "worktree": "/w"})
    token.agent_key(tx, made.id, "key", "test", timedelta(0))
    return made


CHANGES: dict[str, tuple[Callable[[Transaction], Any], Callable[[Transaction, Any], object]]] = {
    "a secret is made": (somebody, lambda tx, _: secret(tx)),
    "a token is revoked": (secret, lambda tx, row: token.revoke(tx, row.id)),
    "a session is signed out": (
        lambda tx: secret(tx, "session"),
        lambda tx, row: token.end_session(tx, row.id),
    ),
    "a person is signed out everywhere": (somebody_signed_in, lambda tx, row: token.end_sessions(tx, row.id)),
    "a person is shut out": (somebody_signed_in, lambda tx, row: person.edit(tx, row.id, {"disabled": True})),
    "a person's role changes": (somebody, lambda tx, row: person.edit(tx, row.id, {"role": "viewer"})),
    "an agent gets a new key": (
        agent_with_key,
        lambda tx, row: token.agent_key(tx, row.id, "key", "test", timedelta(0)),
    ),
    "an agent is deleted": (agent_with_key, lambda tx, row: agent_removal.remove(tx, row.id)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_noticed_also_when_the_clock_was_set_back(change: str, clock: Clock) -> None:
    begin, act = CHANGES[change]
    subject = write(begin)
    before = edition()
    clock.pass_by(-3 * 3600)

    write(lambda tx: act(tx, subject))

    assert edition() > before


def test_a_link_that_is_spent_is_noticed(clock: Clock) -> None:
    made = write(lambda tx: token.create(tx, "link", "ada", "viewer"))
    before = edition()
    clock.pass_by(-3600)

    write(lambda tx: token.spend(tx, "link", made.secret))

    assert edition() > before


def test_using_a_secret_makes_nobody_look_everything_up_anew() -> None:
    made = write(secret)
    before = edition()

    write(lambda tx: token.use(tx, made.id, "127.0.0.1"))

    assert edition() == before
