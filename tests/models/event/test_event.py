"""Activity: lines in the order in which they were written, and the last one beside its agent."""

from __future__ import annotations

import msgspec
import pytest

from fleet.db import write
from fleet.errors import NotFound
from fleet.models import event, shapes
from tests.support.agents import new_agent, read
from tests.support.application import NOON, Clock, changes, connected, frame, head, kinds
from tests.support.sqlite_steps import steps


def post(agent_id: str, message: str, kind: str = "info", details: object = None) -> str:
    return str(write(lambda tx: event.post(tx, agent_id, kind, message, details)).id)  # type: ignore[arg-type]


def messages(agent_id: str, limit: int = 100, offset: int = 0) -> list[str]:
    with connected() as connection:
        return [row.message for row in event.page(connection, agent_id, limit, offset)[0]]


def test_lines_come_newest_first_within_one_moment_too() -> None:
    ada = new_agent()
    for number in range(12):
        post(ada, str(number))

    assert messages(ada) == [str(number) for number in reversed(range(12))]


def test_pages_of_the_list_follow_each_other_without_gap_or_repeat() -> None:
    ada = new_agent()
    for number in range(7):
        post(ada, str(number))

    pages = [messages(ada, 3, offset) for offset in (0, 3, 6, 9)]

    assert [line for page in pages for line in page] == messages(ada)


def test_the_total_counts_what_the_filter_finds() -> None:
    ada, grace = new_agent(), new_agent(name="Grace")
    post(ada, "one", "commit")
    post(ada, "two")
    post(grace, "three", "commit")

    with connected() as connection:
        shown, total = event.json_page(connection, ada, 1, kind="commit")
        _, everything = event.json_page(connection, ada, 1)
    assert (total, everything, len([*shown])) == (1, 2, 1)


def test_a_line_of_a_list_is_the_one_that_a_frame_has(clock: Clock) -> None:
    ada = new_agent()
    clock.pass_by(0.25)
    for details in (None, {"passed": 3, "of": [1.0, True, None], "über": '"\x01\u2028'}):
        post(ada, "Ran the tests — all", details=details)

    with connected() as connection:
        for shown in (event.json_page(connection, ada, 9)[0], event.json_newest(connection, 9)):
            rows = event.page(connection, ada, 9)[0]
            assert [msgspec.json.encode(line) for line in shown] == [
                msgspec.json.encode(shapes.event(row)) for row in rows
            ]


def test_the_newest_lines_since_a_moment_are_found_without_looking_at_those_before(clock: Clock) -> None:
    ada = new_agent()
    write(lambda tx: [event.post(tx, ada, "info", str(number), None) for number in range(5000)])
    later = clock.pass_by(60)
    for number in range(3):
        post(ada, f"later {number}")

    with connected() as connection, steps(connection) as taken:
        newest = event.json_newest(connection, 50, later)
        shown, total = event.json_page(connection, ada, 50, since=later)
    assert [line["message"] for line in newest] == ["later 2", "later 1", "later 0"]
    assert (len([*shown]), total) == (3, 3)
    assert taken() < 2000, "a step at least for each of the five thousand"


def test_the_agent_shows_its_last_line_and_when_it_came(clock: Clock) -> None:
    ada = new_agent()
    post(ada, "first")
    later = clock.pass_by(60)
    post(ada, "second " + "x" * 600, "commit")

    now = read(ada)
    assert (now.activity_type, now.activity_at) == ("commit", later)
    assert now.activity_message == ("second " + "x" * 600)[:500]


def test_a_line_is_no_edit_of_its_agent() -> None:
    ada = new_agent()
    before = read(ada)
    post(ada, "first")

    assert (read(ada).edition, read(ada).updated_at) == (before.edition, before.updated_at)


@pytest.mark.parametrize("kind", ["warning", "error"])
def test_a_warning_and_an_error_fire_a_second_frame(kind: str) -> None:
    ada = new_agent()
    before = head()
    post(ada, "Disk is nearly full", kind)

    assert kinds(before) == ["agent_event_created", f"agent_{kind}_posted"]
    assert frame(changes(before)[1]) == {"agent": None, "agent_id": ada, kind: "Disk is nearly full"}


def test_any_other_line_fires_one_frame_with_all_that_was_said() -> None:
    ada = new_agent()
    before = head()
    post(ada, "Built", "build", {"took": 3.5, "tags": ["a", None]})

    assert kinds(before) == ["agent_event_created"]
    shown = frame(changes(before)[0])["event"]
    assert (shown["metadata"], shown["timestamp"]) == (
        {"took": 3.5, "tags": ["a", None]},
        "2026-11-22T12:00:00Z",
    )


def test_lines_are_counted_from_a_moment_on(clock: Clock) -> None:
    ada = new_agent()
    post(ada, "yesterday", "commit")
    midnight = clock.pass_by(86400)
    post(ada, "today", "commit")
    post(ada, "no commit")

    with connected() as connection:
        assert event.count(connection, "commit", midnight) == 1
        assert event.count(connection, "commit", NOON) == 2


def test_a_stream_gets_the_lines_it_asks_for_oldest_first_with_their_agents_names() -> None:
    ada, grace = new_agent(), new_agent(name="Grace")
    first, _, third = post(ada, "first"), post(ada, "second"), post(grace, "third")

    with connected() as connection:
        found = event.by_ids(connection, [third, first, "evt_none"])
    assert [(row.message, row.agent_name) for row in found] == [("first", "Ada"), ("third", "Grace")]


def test_nobody_writes_in_the_log_of_an_agent_that_is_not_there() -> None:
    with pytest.raises(NotFound):
        post("agt_none", "Hello")
    assert (messages("agt_none"), head()) == ([], 0)
