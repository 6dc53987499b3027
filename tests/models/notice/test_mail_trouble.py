"""A mail server that takes nothing costs nobody a notice or a channel; administrators hear of it once."""

from __future__ import annotations

from sqlalchemy import select

from fleet.db import write
from fleet.models.notice import delivery_log, mail_trouble, retention
from fleet.models.notice.outcomes import GIVE_UP_AFTER, PAUSES
from fleet.models.notice.record import CHANNELS, MAIL, NOTICES
from tests.support.agents import new_agent, report
from tests.support.application import Clock, connected, rows
from tests.support.notices import channel, deliveries, finish, look, new_person, states, take

WAIT = mail_trouble.AGAIN_AFTER.total_seconds() + 1
LOGIN = "The mail server refused the login (535)."


def fail_an_agent(name: str = "Ada") -> None:
    report(new_agent(name=name), status="error")
    look()


def refuse(by: str = "email") -> None:
    for message in take():
        if message.channel.kind == by:
            finish(message, ok=False, status=535, error=LOGIN, ours=True)
        else:
            finish(message)


def mail_notices() -> list[str]:
    return [row.text for row in rows(select(NOTICES).where(NOTICES.c.kind == MAIL))]


def test_a_wrong_password_counts_against_nobody_however_long_it_lasts(clock: Clock) -> None:
    channel(new_person(), "email", target="")
    for number in range(GIVE_UP_AFTER + len(PAUSES) + 5):
        fail_an_agent(f"Agent {number}")
        refuse()
        clock.pass_by(WAIT)

    [made] = rows(select(CHANNELS))
    assert (made.enabled, made.failures, made.last_error) == (True, 0, LOGIN)
    assert set(states()) == {"waiting"}
    assert {row.attempts for row in deliveries()} == {0}


def test_the_first_message_that_is_taken_lets_all_the_others_go_at_once_and_together(clock: Clock) -> None:
    ada = new_person()
    channel(ada, "email", target="")
    for number in range(9):
        fail_an_agent(f"Agent {number}")
        refuse()
    clock.pass_by(WAIT)
    refuse()
    assert take() == []

    _, message = write(lambda tx: delivery_log.begin_test(tx, rows(select(CHANNELS))[0], "Ada"))
    assert message is not None
    finish(message)
    [together] = take()
    assert together.count == 9
    finish(together)
    assert set(states()) == {"sent"}


def test_a_server_that_refuses_is_not_asked_for_every_message(clock: Clock) -> None:
    for name in ("ada", "bob", "cy", "dora"):
        channel(new_person(f"{name}@example.com"), "email", target="")
    fail_an_agent()
    [first] = take(1)
    finish(first, ok=False, status=535, error=LOGIN, ours=True)

    assert take() == []
    clock.pass_by(WAIT)
    assert len(take()) == 4


def test_what_has_failed_by_itself_before_is_still_counted_afterwards(clock: Clock) -> None:
    channel(new_person(), "email", target="")
    fail_an_agent()
    finish(take()[0], ok=False, status=451, error="later")
    clock.pass_by(10)
    refuse()
    clock.pass_by(WAIT)

    assert take()[0].attempt == 2


def test_administrators_are_told_once_by_what_is_no_mail_and_nobody_else() -> None:
    ada, bob = new_person(role="admin"), new_person("bob@example.com")
    hook = channel(ada)
    channel(ada, "email", target="")
    channel(bob)
    channel(ada, on_error=False)
    fail_an_agent()
    refuse()
    refuse()

    assert mail_notices() == [f"{LOGIN} Notices by e-mail wait until the settings smtp_url and smtp_from are right."]
    told = [row for row in deliveries() if row.notice_id == rows(select(NOTICES).where(NOTICES.c.kind == MAIL))[0].id]
    assert [row.channel_id for row in told] == [hook]


def test_the_trouble_stands_until_mail_goes_out_and_is_forgotten_like_any_other(clock: Clock) -> None:
    channel(new_person(), "email", target="")
    fail_an_agent()
    refuse()
    with connected() as connection:
        standing = mail_trouble.standing(connection)
    assert standing is not None
    assert LOGIN in standing.text
    clock.pass_by(40 * 86400)
    assert write(lambda tx: retention.forget(tx, mail_trouble.AGAIN_AFTER)) == 0

    finish(take()[0])
    with connected() as connection:
        assert mail_trouble.standing(connection) is None
    assert write(lambda tx: retention.forget(tx, mail_trouble.AGAIN_AFTER)) == 1


def test_a_test_says_what_is_wrong_and_waits_for_nothing() -> None:
    channel(new_person(), "email", target="")
    _, message = write(lambda tx: delivery_log.begin_test(tx, rows(select(CHANNELS))[0], "Ada"))
    assert message is not None
    finish(message, ok=False, status=535, error=LOGIN, ours=True)

    assert states() == ["failed"]
    assert deliveries()[0].error == LOGIN
