"""Who waits for a task is asleep until there is one that it can do: what changed is looked at once for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from fleet import clock
from fleet.db import write
from fleet.models import agent, task
from fleet.parts import the
from fleet.web.tasks import waiting_room
from fleet.web.tasks.waiting_claim import WaitingClaim
from fleet.web.tasks.waiting_room import WaitingRoom
from tests.support.agents import new_agent
from tests.support.application import application, connected
from tests.support.sqlite_steps import steps
from tests.support.stops import begin, resume


class Looks:
    """Counts the looks at everything, and keeps which changed tasks were looked at together."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at_everything = 0
        self.at_changes: list[list[str]] = []
        outlook, to_be_had = task.outlook, task.to_be_had

        def counted(*arguments: Any) -> Any:
            self.at_everything += 1
            return outlook(*arguments)

        def kept(connection: Any, task_ids: list[str]) -> Any:
            self.at_changes.append(task_ids)
            return to_be_had(connection, task_ids)

        monkeypatch.setattr(waiting_room.task, "outlook", counted)
        monkeypatch.setattr(waiting_room.task, "to_be_had", kept)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    return Looks(monkeypatch)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WaitingRoom]:
    """One whose changes are offered when the test says so."""
    monkeypatch.setattr(WaitingRoom, "_start", lambda _: None)
    with application(tmp_path):
        yield the(WaitingRoom)


Wait = Callable[..., WaitingClaim]


@pytest.fixture
def wait(room: WaitingRoom) -> Iterator[Wait]:
    """Lets a claim wait: it has looked, found nothing, and is asleep."""
    with ExitStack() as stack:

        def begin(*capabilities: str, agent_id: str = "") -> WaitingClaim:
            agent_id = agent_id or new_agent(capabilities=[*capabilities])
            claim = stack.enter_context(room.waiting(agent_id))
            assert not room.look(claim).work
            claim.wait(0)
            return claim

        yield begin


def new_task(*capabilities: str, **more: Any) -> str:
    values = {"title": "t", "description": "d", "required_capabilities": [*capabilities]}
    return str(write(lambda tx: task.create(tx, values | more)).id)


def offered(room: WaitingRoom, *claims: WaitingClaim) -> list[str | None]:
    """What each was offered, once all that changed was."""
    while room.offer_changed():
        pass
    return [claim.offered for claim in claims]


def woken(*claims: WaitingClaim) -> list[bool]:
    return [claim.wait(0) for claim in claims]


def test_what_nobody_can_do_wakes_nobody_and_is_looked_at_once_for_all(
    room: WaitingRoom, wait: Wait, looks: Looks
) -> None:
    """Each of a hundred waiting claims looked through the whole queue at each new task: 139 ms instead of 1."""
    claims = [wait("python", str(number % 5)) for number in range(20)]
    before = looks.at_everything

    made = [new_task("gpu") for _ in range(30)]

    assert offered(room, *claims) == [None] * 20
    assert woken(*claims) == [False] * 20
    assert looks.at_everything == before
    assert looks.at_changes == [made]


def test_of_those_who_cannot_do_a_task_none_is_looked_at(
    room: WaitingRoom, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand who wait were gone through for each new task, to find who is busy: half a millisecond."""
    for number in range(20):
        wait(f"language-{number % 5}")
    able, busy = wait("gpu"), wait("gpu")
    busy.begin_to_look()
    looked_at: list[WaitingClaim] = []
    state = WaitingClaim.busy.fget
    assert state is not None
    monkeypatch.setattr(WaitingClaim, "busy", property(lambda claim: looked_at.append(claim) or state(claim)))
    for capability in ("gpu", "gpu", "nothing-there-is"):
        new_task(capability)
    offered(room)

    assert able.offered is not None
    assert busy.due
    assert set(looked_at) <= {able, busy}


def test_a_task_is_offered_to_the_first_of_those_who_can_do_it(room: WaitingRoom, wait: Wait) -> None:
    other, first, second = wait("python"), wait("python", "gpu"), wait("gpu")

    made = new_task("gpu")

    assert offered(room, other, first, second) == [None, made, None]
    assert woken(other, first, second) == [False, True, False]


def test_as_many_are_woken_as_there_are_tasks_the_most_urgent_task_first(room: WaitingRoom, wait: Wait) -> None:
    claims = [wait() for _ in range(4)]

    low, urgent = new_task(priority="low"), new_task(priority="urgent")

    assert offered(room, *claims) == [urgent, low, None, None]


def test_who_looks_for_the_first_time_with_others_capabilities_need_not_look_through_the_queue_again(
    room: WaitingRoom, wait: Wait
) -> None:
    for _ in range(50):
        new_task("gpu")
    wait("python")
    newcomer = new_agent(capabilities=["python"])
    with connected() as connection, steps(connection) as taken:
        known = task.outlook(connection, newcomer, clock.now(), room.nothing_for())
        few = taken()
        anew = task.outlook(connection, newcomer, clock.now())

    assert (known.work, anew.work) == (False, False)
    assert taken() - few > 2 * few


def test_what_was_known_of_the_queue_is_forgotten_when_it_is_true_no_more(room: WaitingRoom, wait: Wait) -> None:
    claim = wait("python")
    assert room.nothing_for() == {frozenset({"python"})}

    made = new_task("python")

    assert offered(room, claim) == [made]
    assert room.nothing_for() == set()


def test_what_an_agent_was_given_is_offered_to_nobody_else(room: WaitingRoom, wait: Wait) -> None:
    other, mine = wait(), wait()

    made = new_task(assigned_agent_id=mine.agent_id)

    assert offered(room, other, mine) == [None, made]


def test_who_goes_away_passes_on_what_it_was_offered(room: WaitingRoom, wait: Wait) -> None:
    agent_id = new_agent()
    with room.waiting(agent_id) as gone:
        room.look(gone)
        gone.wait(0)
        second = wait()
        made = new_task()
        assert offered(room, gone, second) == [made, None]

    assert offered(room, second) == [made]


def test_who_could_not_take_it_is_not_offered_it_again_until_it_changes(room: WaitingRoom, wait: Wait) -> None:
    first, second = wait(), wait()
    made = new_task()
    assert offered(room, first) == [made]

    room.settle(first, held=False)
    first.wait(0)
    assert offered(room, first, second) == [None, made]
    room.settle(second, held=False)
    second.wait(0)
    assert offered(room, first, second) == [None, None]

    write(lambda tx: task.edit(tx, made, {"priority": "high"}))
    assert offered(room, first, second) == [made, None]


def test_who_is_busy_while_something_changes_looks_at_everything_afterwards(room: WaitingRoom, wait: Wait) -> None:
    claim = wait()
    first, second = new_task(), new_task()

    assert offered(room, claim) == [first]
    room.settle(claim, held=False)

    assert claim.due, f"{second} came when it had something else to do"
    assert room.look(claim).work


def test_a_change_of_an_agent_wakes_that_agents_claims_alone(room: WaitingRoom, wait: Wait) -> None:
    claim, same, other = wait(), wait(), wait()
    same.wait(0)

    write(lambda tx: agent.edit(tx, claim.agent_id, {"capabilities": ["gpu"]}))

    assert [each.due for each in (claim, same, other)] == [True, False, False]
    room.look(claim)
    claim.wait(0)
    made = new_task("gpu")
    assert offered(room, claim, same, other) == [made, None, None]


def test_who_is_held_is_offered_nothing(room: WaitingRoom, wait: Wait) -> None:
    held, free = wait(), wait()
    write(lambda tx: agent.pause(tx, held.agent_id, "Ada", None))
    assert held.due
    assert room.look(held).hold is not None
    held.wait(0)

    made = new_task()

    assert offered(room, held, free) == [None, made]


def test_a_stop_and_its_end_wake_everybody(room: WaitingRoom, wait: Wait) -> None:
    claims = [wait() for _ in range(3)]
    stop_id = begin("pause")
    assert [claim.due for claim in claims] == [True] * 3
    for claim in claims:
        assert room.look(claim).hold is not None

    resume(stop_id)

    assert [claim.due for claim in claims] == [True] * 3


def test_everybody_looks_now_and_then_in_case_that_news_was_lost(room: WaitingRoom) -> None:
    with room.waiting(new_agent(), 0.0) as claim:
        room.look(claim)
        assert claim.due


def test_who_has_left_is_forgotten(room: WaitingRoom) -> None:
    with room.waiting(new_agent()) as claim:
        room.look(claim)
        assert len(room) == 1
    new_task()

    assert len(room) == 0
    assert not room.offer_changed()
    assert room.nothing_for() == set()
