"""What is sent when: at least once, under one id, with pauses; many together; nothing that is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from fleet.db import write
from fleet.errors import Conflict, NotFound
from fleet.models.notice import channels, delivery_log, held, queue
from fleet.models.notice.outcomes import GIVE_UP_AFTER, PAUSES
from fleet.models.notice.record import CHANNELS
from tests.support.agents import new_agent, report
from tests.support.application import Clock
from tests.support.notices import channel, deliveries, finish, look, new_person, states, take, the_channel


def fail_an_agent(name: str = "Ada") -> str:
    made = new_agent(name=name)
    report(made, status="error")
    look()
    return made


def test_a_message_is_taken_once_and_ends_as_sent() -> None:
    channel(new_person())
    fail_an_agent()

    [message] = take()
    assert take() == []
    finish(message, status=204)
    assert states() == ["sent"]
    assert deliveries()[0].status == 204
    assert (the_channel().last_ok_at, the_channel().failures) == (deliveries()[0].ended_at, 0)


def test_what_a_killed_process_had_in_hand_is_sent_again_under_the_same_id(clock: Clock) -> None:
    channel(new_person())
    fail_an_agent()
    [before] = take()

    clock.pass_by(59)
    assert take() == []
    clock.pass_by(2)
    [again] = take()
    assert (again.id, again.attempt) == (before.id, 2)


def test_a_process_that_starts_alone_does_not_wait_for_a_dead_one() -> None:
    channel(new_person())
    fail_an_agent()
    [before] = take()
    write(queue.hand_back)

    assert [message.id for message in take()] == [before.id]


def test_what_a_restart_cut_short_goes_out_under_its_own_id_whatever_waits_beside_it() -> None:
    channel(new_person())
    fail_an_agent()
    [before] = take()
    for number in range(5):
        fail_an_agent(f"Agent {number}")
    write(queue.hand_back)

    [again] = take()
    assert (again.id, len(again.notices)) == (before.id, 1)


def test_restarts_use_up_no_tries_and_bring_none_forward(clock: Clock) -> None:
    channel(new_person())
    fail_an_agent()
    for pause in PAUSES:
        for _ in range(3):
            [message] = take()
            write(queue.hand_back)
        [message] = take()
        finish(message, ok=False, status=500, error="no")
        write(queue.hand_back)
        clock.pass_by(pause * 0.79)
        write(queue.hand_back)
        assert take() == [], "the pause holds, whoever restarts"
        clock.pass_by(pause * 0.42)
    assert states() == ["waiting"]
    assert take()[0].attempt == len(PAUSES) + 1


def test_a_restart_does_not_forget_when_the_receiver_wants_to_be_asked_again(clock: Clock) -> None:
    channel(new_person())
    fail_an_agent()
    [message] = take()
    finish(message, ok=False, status=429, wait=600)
    for _ in range(5):
        clock.pass_by(100)
        write(queue.hand_back)
        assert take() == []


def test_a_digest_tells_things_in_the_order_in_which_they_happened(clock: Clock) -> None:
    channel(new_person())
    made = [new_agent(name=f"Agent {number}") for number in range(6)]
    order = [3, 0, 5, 1, 4, 2]
    for number in order:
        clock.pass_by(1)
        report(made[number], status="error")
    look()

    [message] = take()
    assert [notice.agent_name for notice in message.notices] == [f"Agent {number}" for number in order]


def test_it_is_tried_again_with_growing_pauses_and_fails_in_the_end(clock: Clock) -> None:
    channel(new_person())
    fail_an_agent()
    for pause in PAUSES:
        [message] = take()
        finish(message, ok=False, status=500, error="no")
        clock.pass_by(pause * 0.79)
        assert take() == []
        clock.pass_by(pause * 0.42)
    [message] = take()
    finish(message, ok=False, status=500, error="no")

    assert states() == ["failed"]
    assert deliveries()[0].attempts == len(PAUSES) + 1
    assert (the_channel().last_error, the_channel().failures, the_channel().enabled) == ("no", 1, True)


def test_a_receiver_that_says_when_is_not_asked_before(clock: Clock) -> None:
    channel(new_person())
    fail_an_agent()
    [message] = take()
    finish(message, ok=False, status=429, wait=600)

    clock.pass_by(599)
    assert take() == []
    clock.pass_by(2)
    assert len(take()) == 1


def test_what_can_never_work_is_not_tried_again() -> None:
    channel(new_person())
    fail_an_agent()
    finish(take()[0], ok=False, error="refused", final=True)

    assert states() == ["failed"]


def test_a_channel_that_leads_nowhere_is_given_up_and_can_be_switched_on_again(clock: Clock) -> None:
    ada = new_person()
    made = channel(ada)
    for _ in range(GIVE_UP_AFTER):
        assert the_channel().enabled
        fail_an_agent()
        finish(take()[0], ok=False, error="gone fishing", final=True)
        clock.pass_by(61)
    assert (the_channel().enabled, the_channel().given_up_at is not None) == (False, True)
    fail_an_agent()
    assert states() == ["failed"] * GIVE_UP_AFTER

    write(lambda tx: channels.edit(tx, ada, made, {"enabled": True}))
    assert (the_channel().given_up_at, the_channel().failures, the_channel().last_error) == (None, 0, None)


def test_a_receiver_that_is_gone_for_good_is_given_up_at_once() -> None:
    channel(new_person())
    fail_an_agent()
    finish(take()[0], ok=False, status=410, error="gone", final=True, gone=True)

    assert not the_channel().enabled


def test_what_is_over_or_switched_off_before_it_was_sent_is_not_sent() -> None:
    ada = new_person()
    made = channel(ada)
    first = fail_an_agent()
    report(first, status="active")
    look()
    assert take() == []
    fail_an_agent()
    write(lambda tx: channels.edit(tx, ada, made, {"enabled": False}))
    assert take() == []

    assert [row.error for row in deliveries()] == [
        "It was over before it could be sent.",
        "The channel is switched off.",
    ]
    assert states() == ["skipped", "skipped"]


def test_many_at_once_are_one_message_and_a_flood_is_a_few() -> None:
    channel(new_person())
    for number in range(3):
        fail_an_agent(f"Agent {number}")
    for _ in range(3):
        [message] = take()
        assert len(message.notices) == 1
        finish(message)

    for number in range(9):
        fail_an_agent(f"Another {number}")
    [message] = take()
    assert [notice.agent_name for notice in message.notices] == [f"Another {n}" for n in range(9)]
    finish(message)
    for _ in range(2):
        fail_an_agent()
        finish(take()[0])
    fail_an_agent()
    assert take() == [], "six messages in a minute are enough; the next waits for its turn"


def test_the_flood_goes_on_a_minute_later(clock: Clock) -> None:
    channel(new_person())
    for _ in range(6):
        fail_an_agent()
        finish(take()[0])
    for _ in range(20):
        fail_an_agent()
    assert take() == []
    clock.pass_by(61)

    assert len(take()[0].notices) == 20


def test_one_persons_slow_receivers_leave_hands_for_others(clock: Clock) -> None:
    slow, quick = new_person(), new_person("bob@example.com")
    for _ in range(6):
        channel(slow)
    fail_an_agent()
    clock.pass_by(1)
    made = channel(quick)
    fail_an_agent("Bob")

    taken = take()
    assert [message.person.id for message in taken].count(slow) == queue.HANDS_MOST
    assert [message.channel.id for message in taken if message.person.id == quick] == [made]
    hands = [(message.channel.id, message.person.id) for message in taken]
    assert write(lambda tx: queue.take(tx, hands, 8)) == []


def test_a_flooded_channel_does_not_hold_up_another(clock: Clock) -> None:
    channel(new_person())
    for _ in range(6):
        fail_an_agent()
        finish(take()[0])
    fail_an_agent()
    made = channel(new_person("bob@example.com"))
    clock.pass_by(1)
    fail_an_agent()

    assert [message.channel.id for message in take()] == [made]


def test_a_browser_fetches_for_itself_once_and_an_hour_at_the_longest(clock: Clock) -> None:
    ada = new_person()
    made = channel(ada, "browser", target="Chrome on Linux")
    fail_an_agent()
    assert take() == []
    assert [row.title for row in write(lambda tx: held.pick_up(tx, ada, made))] == ["Ada stopped with an error"]
    assert write(lambda tx: held.pick_up(tx, ada, made)) == []

    fail_an_agent()
    clock.pass_by(3599)
    assert write(held.forget_unseen) == 0
    clock.pass_by(2)
    assert write(held.forget_unseen) == 1
    assert write(lambda tx: held.pick_up(tx, ada, made)) == []
    assert states() == ["sent", "skipped"]


def test_what_has_failed_can_be_sent_once_more() -> None:
    ada = new_person()
    channel(ada)
    fail_an_agent()
    [message] = take()
    with pytest.raises(Conflict):
        write(lambda tx: delivery_log.retry(tx, ada, deliveries()[0].id))
    finish(message, ok=False, error="no", final=True)
    with pytest.raises(NotFound):
        write(lambda tx: delivery_log.retry(tx, "usr_other", deliveries()[0].id))

    write(lambda tx: delivery_log.retry(tx, ada, deliveries()[0].id))
    [again] = take()
    assert (again.id, again.attempt) == (message.id, 1)


def test_a_test_is_tried_once_and_does_not_count_against_the_channel() -> None:
    made = channel(new_person())
    for _ in range(GIVE_UP_AFTER + 1):
        _, message = write(lambda tx: delivery_log.begin_test(tx, the_channel(), "Ada"))
        assert take() == [], "it is in hand already"
        assert message is not None
        finish(message, ok=False, status=500, error="no")

    assert set(states()) == {"failed"}
    assert (the_channel().id, the_channel().enabled, the_channel().last_error) == (made, True, "no")


def test_a_removed_channel_leaves_nothing_to_send() -> None:
    ada = new_person()
    made = channel(ada)
    fail_an_agent()
    write(lambda tx: channels.remove(tx, ada, made))

    assert take() == []
    assert deliveries() == []


def test_nobody_has_more_channels_than_a_few_nor_a_second_one_for_mail() -> None:
    ada = new_person()
    channel(ada, "email", target="")
    with pytest.raises(Conflict):
        channel(ada, "email", target="")
    for _ in range(channels.MOST - 1):
        channel(ada)
    with pytest.raises(Conflict):
        channel(ada)


def test_the_next_turn_is_known(clock: Clock) -> None:
    from tests.support.application import connected

    with connected() as connection:
        assert queue.next_due(connection) is None
    ada = new_person()
    channel(ada, "browser")
    fail_an_agent()
    with connected() as connection:
        assert queue.next_due(connection) == clock.now() + timedelta(hours=1), "nobody sends to a browser"
    write(lambda tx: tx.execute(update(CHANNELS).values(kind="ntfy")) and None)
    with connected() as connection:
        assert queue.next_due(connection) == clock.now()
