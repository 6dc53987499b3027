"""`kill -9` in the middle of the work, again and again: what was answered is there, and streams stay true."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.console import fleet
from tests.support.database import changes, check_whole, query
from tests.support.event_stream import Reader
from tests.support.serving import Served
from tests.support.traffic import Promise, Worker, all_at_once

pytestmark = [pytest.mark.faults, pytest.mark.slow]

ROUNDS = 8
WORKERS = 6
PATIENCE = 40.0


class Story:
    """What happened in all rounds: the workers' promises and what a reader saw before each kill."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.workers = [Worker(server, number) for number in range(WORKERS)]
        self.seen: list[tuple[int, str]] = []
        self.cursors: list[str] = []
        self.heads: list[int] = []

    @property
    def promises(self) -> list[Promise]:
        """Every write that was answered with success."""
        return [promise for worker in self.workers for promise in worker.promises]

    def client(self) -> httpx.Client:
        """A client of the server as it runs now."""
        headers = {"Authorization": f"Bearer {self.server.token}"}
        return httpx.Client(base_url=self.server.url, headers=headers, timeout=40)

    def round(self, number: int) -> None:
        """Work, with a reader along, until the kill; then start again on the same file."""
        with Reader(
            self.server,
            token=self.server.token,
            after=self.cursors[-1] if self.cursors else None,
            events="all",
        ) as reader:
            if not self.cursors:
                self.cursors.append(reader.frame().id)

            def kill_soon() -> None:
                enough, deadline = len(self.promises) + 60 + 7 * number, time.monotonic() + PATIENCE
                while len(self.promises) < enough and time.monotonic() < deadline:
                    time.sleep(0.001)
                self.server.kill()

            all_at_once(self.workers, kill_soon)
            for frame in reader.to_the_end():
                if frame.event != "connected":
                    self.seen.append((int(frame.id.rpartition("-")[2]), frame.event))
                    self.cursors.append(frame.id)
        self.server.start()
        check_whole(self.server.database)
        self.heads.append(query(self.server.database, "SELECT head FROM journal")[0]["head"])


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """All rounds, told once; each test looks at another side of them."""
    server = Served(tmp_path_factory.mktemp("killed")).start()
    try:
        told = Story(server)
        for number in range(ROUNDS):
            told.round(number)
        yield told
    finally:
        server.kill()


def database(story: Story) -> Path:
    return story.server.database


def test_there_was_something_to_lose(story: Story) -> None:
    """Each round wrote, each kind of write was answered, and kills hit writes in flight."""
    assert story.heads == sorted(set(story.heads))
    kinds = {promise.kind for promise in story.promises}
    assert kinds >= {"PATCH agents", "POST events", "POST tasks", "POST claim", "POST completion"}
    assert len(story.promises) > 50 * ROUNDS
    assert any(worker.unanswered for worker in story.workers)


def test_nothing_went_wrong_that_was_not_the_kill(story: Story) -> None:
    assert [wrong for worker in story.workers for wrong in worker.wrong] == []


def test_every_answered_write_survived(story: Story) -> None:
    """Contract I1: committed before the reply."""
    events = {row["id"] for row in query(database(story), "SELECT id FROM events")}
    tasks = {row["id"]: row for row in query(database(story), "SELECT * FROM tasks")}
    claims = {(r["task_id"], r["fence"]): r for r in query(database(story), "SELECT * FROM task_claims")}
    for promise in story.promises:
        answer = promise.answer
        if promise.kind == "POST events":
            assert answer["id"] in events
        elif promise.kind == "POST tasks":
            assert tasks[answer["id"]]["title"] == promise.sent["title"]
        elif promise.kind == "POST claim" and answer:
            assert (answer["task"]["id"], answer["lease"]["fence"]) in claims
        elif promise.kind == "POST completion":
            assert tasks[answer["id"]]["status"] == "completed"
            assert claims[answer["id"], promise.sent["fence"]]["ending"] == "completed"


def test_an_agents_last_answered_report_is_the_one_that_is_stored(story: Story) -> None:
    """Or a later one of its own that was never answered: nobody else writes its figures."""
    for worker in story.workers:
        kept = query(database(story), "SELECT files_changed FROM agents WHERE id = ?", worker.agent)[0][0]
        said = [p.sent["files_changed"] for p in worker.promises if "files_changed" in p.sent]
        unsure = [p.sent["files_changed"] for p in worker.unanswered if "files_changed" in p.sent]
        assert kept >= max(said, default=0)
        assert kept in {0, *said, *unsure}


def test_every_answered_write_has_its_row_in_the_journal(story: Story) -> None:
    told = changes(database(story))
    events = {data["event"]["id"] for _, kind, data in told if kind == "agent_event_created"}
    created = {data["task"]["id"] for _, kind, data in told if kind == "task_created"}
    figures = {(d["agent_id"], d["files_changed"]) for _, kind, d in told if kind == "agent_progress_updated"}
    completed = {d["task"]["id"] for _, kind, d in told if kind == "task_updated" if d["task"]["result"]}
    for promise in story.promises:
        if promise.kind == "POST events":
            assert promise.answer["id"] in events
        elif promise.kind == "POST tasks":
            assert promise.answer["id"] in created
        elif promise.kind == "POST completion":
            assert promise.answer["id"] in completed
        elif "files_changed" in promise.sent:
            assert (promise.answer["id"], promise.sent["files_changed"]) in figures


def test_every_answered_write_has_its_entry_in_the_audit_and_no_entry_is_without_its_write(
    story: Story,
) -> None:
    """They are one transaction, over all kills; and the chain holds, with the anchor."""
    told = query(database(story), "SELECT action, subject_id, part_id FROM audit WHERE result = 'done'")
    created = {row["subject_id"] for row in told if row["action"] == "tasks.create"}
    events = {row["part_id"] for row in told if row["action"] == "events.create"}

    for promise in story.promises:
        if promise.kind == "POST tasks":
            assert promise.answer["id"] in created
        elif promise.kind == "POST events":
            assert promise.answer["id"] in events
    assert created == {row["id"] for row in query(database(story), "SELECT id FROM tasks")}
    assert events <= {row["id"] for row in query(database(story), "SELECT id FROM events")}
    done = fleet("audit", "verify", "-d", database(story))
    assert done.returncode == 0, done.stderr


def test_numbers_rose_strictly_over_all_restarts(story: Story) -> None:
    """Each check after a restart found no gap; the reader saw no number twice."""
    numbers = [number for number, _ in story.seen]

    assert numbers == sorted(set(numbers))


def test_a_reader_that_came_back_after_each_kill_missed_nothing(story: Story) -> None:
    """Contract I7: with its last id it got exactly what followed, over all restarts."""
    start = int(story.cursors[0].rpartition("-")[2])
    told = [(seq, kind) for seq, kind, _ in changes(database(story), start)]

    assert story.seen == told[: len(story.seen)]
    assert story.seen


def test_from_every_place_the_replay_is_exactly_what_followed(story: Story) -> None:
    told = {seq: (kind, data) for seq, kind, data in changes(database(story))}
    places = story.cursors[:: max(1, len(story.cursors) // 12)]
    for cursor in places:
        start = int(cursor.rpartition("-")[2])
        with Reader(story.server, token=story.server.token, after=cursor, events="all") as reader:
            assert reader.frame().event == "connected"
            for seq in range(start + 1, min(start + 200, max(told)) + 1):
                frame = reader.frame()
                assert (frame.id.rpartition("-")[2], frame.event, frame.data) == (str(seq), *told[seq])


def test_a_repeated_write_gets_its_first_answer_over_all_restarts(story: Story) -> None:
    """Contract I12; what was never answered is done now, once, or was done and is answered at last."""
    keyed = [promise for promise in story.promises if promise.key]
    unsure = [promise for worker in story.workers for promise in worker.unanswered if promise.key]
    assert keyed
    with story.client() as client:
        for promise in keyed + unsure:
            again = [
                client.post(promise.path, json=promise.sent, headers={"Idempotency-Key": promise.key}) for _ in range(2)
            ]
            assert [answer.status_code for answer in again] == [201, 201]
            assert again[0].content == again[1].content
            assert promise.answer in ({}, again[0].json())
    for promise in keyed + unsure:
        found = query(database(story), "SELECT id FROM tasks WHERE title = ?", promise.sent["title"])
        assert len(found) == 1


def test_a_key_that_was_used_before_a_kill_is_refused_for_another_body(story: Story) -> None:
    promise = next(promise for promise in story.promises if promise.key)
    with story.client() as client:
        other = client.post(
            promise.path,
            json=promise.sent | {"description": "other"},
            headers={"Idempotency-Key": promise.key},
        )

    assert other.status_code == 409


def test_nothing_stays_claimed_without_a_live_lease(story: Story) -> None:
    """Contract I10: all leases here last ten seconds; nobody renews them any more."""
    claimed = "SELECT count(*) FROM tasks WHERE lease_expires_at IS NOT NULL OR status = 'in_progress'"
    deadline = time.monotonic() + PATIENCE
    while (left := query(database(story), claimed)[0][0]) and time.monotonic() < deadline:
        time.sleep(0.25)

    assert left == 0
    still_open = "SELECT count(*) FROM task_claims WHERE ended_at IS NULL"
    assert query(database(story), still_open)[0][0] == 0


def test_the_file_is_whole_at_the_end_and_after_one_more_kill(story: Story) -> None:
    story.server.kill()
    check_whole(database(story))

    story.server.start()
    check_whole(database(story))
