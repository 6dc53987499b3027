"""One outage is one message per channel, however many agents fell silent, and one when they are back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from fleet.db import write
from fleet.models import agent, agent_removal
from fleet.models.agent.record import AGENTS
from fleet.models.notice import held, outages, queue
from fleet.models.notice.queue import Message
from fleet.models.notice.record import NOTICES
from tests.support.agents import beat
from tests.support.application import Clock, rows
from tests.support.notices import channel, deliveries, finish, look, new_person, quiet_hours, states, take

TTL = timedelta(seconds=90)
SETTLED = outages.NOBODY_FOLLOWED.total_seconds() + 0.1


def fall_silent(clock: Clock) -> None:
    """Everybody who is online at this moment."""
    clock.pass_by(TTL.total_seconds() + 1)
    while write(lambda tx: agent.fall_silent(tx, TTL, clock.now() - timedelta(days=1))):
        pass
    look()


def go_online(names: Sequence[str]) -> None:
    for name in names:
        beat(name=name, hostname=name)
    look()


def outgoing(clock: Clock) -> list[Message]:
    clock.pass_by(SETTLED)
    while write(held.release):
        pass
    return take()


def tell(clock: Clock) -> list[str]:
    """Send what is due; who was told what, in how many messages."""
    taken = outgoing(clock)
    for message in taken:
        finish(message)
    return [f"{message.notices[0].kind} {message.agents}" for message in taken]


def test_an_outage_is_one_message_and_its_end_another(clock: Clock) -> None:
    channel(new_person())
    channel(new_person("bob@example.com"))
    names = [f"Agent {number}" for number in range(queue.TOLD_MOST + 30)]
    go_online(names)
    fall_silent(clock)
    assert take() == [], "perhaps more follow"

    taken = outgoing(clock)
    assert [(message.agents, len(message.notices)) for message in taken] == [(len(names), queue.TOLD_MOST)] * 2
    for message in taken:
        finish(message)
    assert set(states()) == {"sent"}
    assert outgoing(clock) == []

    clock.pass_by(60)
    go_online(names)
    assert tell(clock) == [f"back {len(names)}"] * 2
    assert outgoing(clock) == []
    assert set(states()) == {"sent"}


def test_agents_that_follow_one_by_one_are_of_the_same_outage_for_a_while(clock: Clock) -> None:
    channel(new_person())
    go_online(["Ada"])
    fall_silent(clock)
    longest = outages.LONGEST.total_seconds()
    for number in range(int(longest / 5) - 1):
        clock.pass_by(5)
        go_online([f"Agent {number}"])
        write(
            lambda tx: (
                tx.execute(update(AGENTS).values(last_seen_at=tx.now - TTL * 2, version=AGENTS.c.version + 1)) and None
            )
        )
        write(lambda tx: agent.fall_silent(tx, TTL, clock.now() - timedelta(days=1)))
        look()
        assert write(held.release) == 0
    clock.pass_by(5.1)
    assert write(held.release) == 1, "somebody may follow for ever, but is told of after a minute and a half"

    [message] = take()
    assert message.agents == int(longest / 5)


def test_one_agent_is_told_by_its_name_and_so_is_its_return(clock: Clock) -> None:
    channel(new_person())
    go_online(["Ada"])
    fall_silent(clock)
    assert tell(clock) == ["silence 1"]
    clock.pass_by(600)
    go_online(["Ada"])

    [message] = outgoing(clock)
    [notice] = message.notices
    assert (notice.title, notice.text) == ("Ada is back", "It could not be reached for 10 min.")
    assert notice.path.startswith("/agents/")


def test_who_was_told_nothing_of_the_silence_hears_nothing_of_its_end(clock: Clock) -> None:
    told = channel(new_person())
    channel(new_person("bob@example.com"), on_silence=False)
    go_online(["Ada"])
    fall_silent(clock)
    assert tell(clock) == ["silence 1"]
    channel(new_person("cy@example.com"))
    go_online(["Ada"])

    assert [message.channel.id for message in outgoing(clock)] == [told]


def test_a_silence_that_is_over_before_it_was_told_is_told_to_nobody(clock: Clock) -> None:
    channel(new_person())
    go_online(["Ada"])
    fall_silent(clock)
    go_online(["Ada"])

    assert outgoing(clock) == []
    assert states() == ["skipped"]


def test_a_return_that_is_over_before_it_was_told_is_told_to_nobody_and_the_silence_is(clock: Clock) -> None:
    channel(new_person())
    go_online(["Ada"])
    fall_silent(clock)
    tell(clock)
    go_online(["Ada"])
    fall_silent(clock)

    assert tell(clock) == ["silence 1"]
    assert states() == ["sent", "skipped", "sent"]


def test_a_deleted_agent_is_not_back(clock: Clock) -> None:
    channel(new_person())
    go_online(["Ada"])
    fall_silent(clock)
    tell(clock)
    [row] = rows(select(AGENTS))
    write(lambda tx: agent_removal.remove(tx, row.id))
    look()

    assert outgoing(clock) == []


@pytest.mark.parametrize("ended", [False, True])
def test_quiet_hours_hold_an_outage_to_their_end_and_one_that_is_over_is_not_told(clock: Clock, ended: bool) -> None:
    ada = new_person()
    channel(ada)
    quiet_hours(ada, "11:00", "13:00")
    go_online(["Ada", "Bob"])
    fall_silent(clock)
    assert outgoing(clock) == []
    if ended:
        go_online(["Ada", "Bob"])
    clock.pass_by(3600)

    assert tell(clock) == ([] if ended else ["silence 2"])


def test_a_browser_shows_an_outage_as_one(clock: Clock) -> None:
    ada = new_person()
    made = channel(ada, "browser", target="Chrome on Linux")
    go_online(["Ada", "Bob"])
    fall_silent(clock)
    assert write(lambda tx: held.pick_up(tx, ada, made)) == []
    assert outgoing(clock) == []

    shown = write(lambda tx: held.pick_up(tx, ada, made))
    assert [row.title for row in shown] == ["Ada has fallen silent", "Bob has fallen silent"]
    assert len({row.message_id for row in shown}) == 1
    go_online(["Ada", "Bob"])
    outgoing(clock)
    assert [row.kind for row in write(lambda tx: held.pick_up(tx, ada, made))] == ["back", "back"]


def test_notices_of_a_return_are_forgotten_in_time(clock: Clock) -> None:
    from fleet.models.notice.retention import forget

    channel(new_person())
    go_online(["Ada"])
    fall_silent(clock)
    tell(clock)
    go_online(["Ada"])
    tell(clock)
    clock.pass_by(31 * 86400)

    assert write(lambda tx: forget(tx, timedelta(days=30))) == 2
    assert rows(select(NOTICES)) == []
    assert deliveries() == []
