"""Tokens: shown once, stored as a hash, good until they are not, and nothing they made outlives them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from fleet.db import write
from fleet.errors import NotFound
from fleet.models import agent, agent_removal, token
from fleet.models.token import TOKENS
from fleet.models.token.record import PREFIX
from tests.support.application import NOON, Clock, connected, rows

PATH = "/v1/stream"


def make(kind: str = "token", **more: Any) -> tuple[str, str]:
    """A new token's id and secret."""
    row, secret = write(lambda tx: token.create(tx, kind, "ci", "operator", **more))
    return str(row.id), secret


def usable(secret: str, kind: str = "token", *, dev: bool = False, now: datetime | None = None) -> bool:
    with connected() as connection:
        return token.usable(connection, secret, kind, now or token_clock(), dev=dev) is not None


def token_clock() -> datetime:
    from fleet import clock

    return clock.now()


def ticket_good(secret: str, path: str = PATH) -> bool:
    with connected() as connection:
        return token.usable_ticket(connection, secret, path, token_clock()) is not None


def one(token_id: str) -> Row[Any]:
    return rows(select(TOKENS).where(TOKENS.c.id == token_id))[0]


def test_a_secret_is_stored_nowhere(tmp_path: Path) -> None:
    secrets = [make(kind)[1] for kind in PREFIX]

    stored = b"".join(path.read_bytes() for path in tmp_path.glob("fleet.db*"))
    for secret in secrets:
        assert secret.encode() not in stored
        assert secret[8:].encode() not in stored
        assert token.digest(secret).encode() in stored


def test_a_secret_says_what_it_is_and_is_too_long_to_guess() -> None:
    for kind, prefix in PREFIX.items():
        secret = make(kind)[1]
        assert secret.startswith(f"{prefix}_")
        assert len(secret) >= 4 + 43  # 256 bits in base64


def test_a_token_is_good_for_its_own_kind_only() -> None:
    secrets = {kind: make(kind)[1] for kind in PREFIX}

    for kind, secret in secrets.items():
        assert [other for other in PREFIX if usable(secret, other)] == [kind]
    assert not usable("flt_" + "x" * 43)


def test_a_token_is_good_until_the_moment_at_which_it_expires() -> None:
    _, secret = make(expires_at=NOON + timedelta(hours=1))

    assert usable(secret, now=NOON + timedelta(minutes=59))
    assert not usable(secret, now=NOON + timedelta(hours=1))


def test_a_revoked_token_is_good_no_more() -> None:
    token_id, secret = make()

    write(lambda tx: token.revoke(tx, token_id))

    assert not usable(secret)


def test_revoking_ends_everything_that_was_made_with_the_token_and_nothing_else() -> None:
    token_id, _ = make()
    _, session = make("session", parent_id=token_id)
    _, ticket = make("ticket", parent_id=token_id, path=PATH)
    other_id, _ = make()
    _, foreign = make("session", parent_id=other_id)

    write(lambda tx: token.revoke(tx, token_id))

    assert not usable(session, "session")
    assert not ticket_good(ticket)
    assert usable(foreign, "session")


def test_a_session_ends_when_its_token_expires(clock: Clock) -> None:
    parent, _ = make(expires_at=NOON + timedelta(hours=1))
    _, session = make("session", parent_id=parent, expires_at=NOON + timedelta(days=14))
    assert usable(session, "session")

    clock.pass_by(3600)

    assert not usable(session, "session")


def test_a_session_whose_token_is_not_there_is_not_good() -> None:
    assert not usable(make("session", parent_id="tok_none")[1], "session")


def test_what_was_made_with_the_development_token_is_good_in_development_only() -> None:
    _, session = make("session", parent_id=token.DEV_PARENT)

    assert usable(session, "session", dev=True)
    assert not usable(session, "session")


def test_revoking_what_is_not_there_or_over_is_refused() -> None:
    token_id, _ = make()
    write(lambda tx: token.revoke(tx, token_id))

    for missing in (token_id, "tok_none"):
        with pytest.raises(NotFound):
            write(lambda tx, name=missing: token.revoke(tx, name))  # type: ignore[misc]


def spent(kind: str, secret: str) -> bool:
    return write(lambda tx: token.spend(tx, kind, secret)) is not None


def test_what_works_once_works_once() -> None:
    for kind in ("link", "enrolment"):
        _, code = make(kind)
        assert (spent(kind, code), spent(kind, code)) == (True, False)


def test_the_first_starts_link_and_an_enrolment_key_are_good_for_a_quarter_of_an_hour(clock: Clock) -> None:
    first = write(token.first_start)
    assert first is not None
    _, enrolment = write(lambda tx: token.enrolment(tx, "a host", "Ada"))
    clock.pass_by(15 * 60)

    assert not spent("link", first.link_code)
    assert not spent("enrolment", enrolment)


def test_a_secret_cannot_be_spent_as_another_kind() -> None:
    _, secret = make()

    assert not spent("link", secret)
    assert not spent("enrolment", secret)
    assert usable(secret)


def test_a_new_key_of_an_agent_leaves_the_old_one_for_the_overlap_only(clock: Clock) -> None:
    row = write(lambda tx: agent.create(tx, {"name": "a", "worktree": "/w"}))

    def rotate(overlap: timedelta) -> str:
        return write(lambda tx: token.agent_key(tx, row.id, "a", "Ada", overlap)).secret

    first, second = rotate(timedelta()), rotate(timedelta(minutes=10))
    assert usable(first, "agent")
    clock.pass_by(600)
    assert (usable(first, "agent"), usable(second, "agent")) == (False, True)

    third = rotate(timedelta())
    assert (usable(second, "agent"), usable(third, "agent")) == (False, True)


def test_a_key_goes_with_its_agent_and_a_later_agent_inherits_nothing() -> None:
    row = write(lambda tx: agent.create(tx, {"name": "a", "worktree": "/w"}))
    key = write(lambda tx: token.agent_key(tx, row.id, "a", "Ada", timedelta())).secret

    write(lambda tx: agent_removal.remove(tx, row.id))
    write(lambda tx: agent.create(tx, {"id": row.id, "name": "b", "worktree": "/w"}))

    assert not usable(key, "agent")


def test_a_ticket_is_good_for_its_path_only() -> None:
    _, ticket = make("ticket", path=PATH, expires_at=NOON + token.TICKET_LIVES)

    assert ticket_good(ticket)
    assert not ticket_good(ticket, "/live")


def test_a_ticket_is_first_used_within_a_minute_and_then_until_it_expires(clock: Clock) -> None:
    used_id, used = make("ticket", path=PATH, expires_at=NOON + token.TICKET_LIVES)
    _, unused = make("ticket", path=PATH, expires_at=NOON + token.TICKET_LIVES)
    clock.pass_by(60)
    assert ticket_good(used)
    write(lambda tx: token.use(tx, used_id))

    clock.pass_by(3600)
    assert (ticket_good(used), ticket_good(unused)) == (True, False)

    clock.pass_by(12 * 3600)
    assert not ticket_good(used)


def test_the_first_use_is_remembered_beside_the_last(clock: Clock) -> None:
    token_id, _ = make()
    first = clock.pass_by(60)
    write(lambda tx: token.use(tx, token_id))
    last = clock.pass_by(60)
    write(lambda tx: token.use(tx, token_id))

    assert (one(token_id).first_used_at, one(token_id).last_used_at) == (first, last)


def test_only_the_first_start_makes_a_token_and_a_link_that_belongs_to_it() -> None:
    made = write(token.first_start)
    assert made is not None
    assert usable(made.token)
    assert write(token.first_start) is None

    link = write(lambda tx: token.spend(tx, "link", made.link_code))

    assert link is not None
    assert (link.role, one(link.parent_id).kind) == ("admin", "token")


def test_sessions_links_and_tickets_are_forgotten_a_day_after_their_end_tokens_never(clock: Clock) -> None:
    kept, _ = make(expires_at=NOON)
    soon = NOON + timedelta(hours=1)
    over = [make(kind, expires_at=soon)[0] for kind in ("session", "link", "ticket")]
    ended, _ = make("session")
    alive, _ = make("session")
    write(lambda tx: token.end_session(tx, ended))
    clock.pass_by(25 * 3600)
    assert write(token.sweep) == 1  # the session that was ended a day and an hour ago

    clock.pass_by(1)

    assert write(token.sweep) == len(over)
    assert {row.id for row in rows(select(TOKENS.c.id))} == {kept, alive}


def test_the_list_shows_tokens_only_newest_first(clock: Clock) -> None:
    first, _ = make()
    make("session", parent_id=first)
    clock.pass_by(1)
    second, _ = make()

    with connected() as connection:
        assert [row.id for row in token.listed(connection)] == [second, first]
