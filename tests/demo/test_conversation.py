"""An agent of the demo plays its story and talks with people, without any server: the client is a fake."""

from __future__ import annotations

from random import Random

import pytest

from fleet.client import Missing, Refused, Stopped
from fleet.demo.client import Command
from fleet.demo.conversation import Conversation, Halted
from fleet.demo.desk import Desk
from fleet.demo.pace import Pace
from fleet.demo.player import Player
from fleet.demo.scenarios import CAST
from fleet.demo.scenarios.backlog import JOBS, story_for
from fleet.demo.script import Ask, Chapter, Choice, Story, note

QUESTION = Ask(
    "Left or right?",
    "It matters.",
    (Choice("Left", "Left it is.", (note("Went left"),)), Choice("Right", "Right.", (note("Went right"),))),
    patience=100,
)
STORY = Story("Find the way", (Chapter("Ask", (QUESTION,)), Chapter("Walk", (note("Walked"),))), "Arrived.")


class FakeClient:
    """Stands in for Client: keeps what it was told, and hands out `told` when it is polled."""

    def __init__(self) -> None:
        self.shown: dict[str, object] = {}
        self.todos: dict[str, list[object]] = {}
        self.logged: list[str] = []
        self.replies: dict[str, str] = {}
        self.told: list[Command] = []
        self.withdrawn: set[str] = set()

    def update_agent(self, _: str, **fields: object) -> None:
        self.shown |= fields

    def log(self, _: str, _kind: str, message: str, _metadata: object = None) -> None:
        self.logged.append(message)

    def todo_ids(self, _: str) -> list[str]:
        return list(self.todos)

    def add_todo(self, _: str, text: str, order: int) -> str:
        self.todos[f"todo_{order}"] = [text, False]
        return f"todo_{order}"

    def update_todo(self, _: str, todo_id: str, **fields: bool) -> None:
        self.todos[todo_id][1] = fields.get("completed", False)

    def remove_todo(self, _: str, todo_id: str) -> None:
        del self.todos[todo_id]

    def commands(self, _: str, _wait: int) -> list[Command]:
        told, self.told = self.told, []
        return told

    def acknowledge(self, _: str, command_id: str) -> None:
        if command_id in self.withdrawn:
            raise Refused(409, "COMMAND_ALREADY_COMPLETED", "The command has ended.")

    def complete(self, _: str, command_id: str, response: str) -> None:
        self.replies[command_id] = response

    def tell(self, kind: str, content: str, answers: str | None = None, *, stops: bool = False) -> str:
        name = f"cmd_{len(self.told) + len(self.replies)}"
        self.told.append(Command(name, kind, content, answers, stops=stops))
        return name


class Stage:
    """An agent without thread and server. A story second takes a thousandth of a real one."""

    def __init__(self, speed: float = 1000) -> None:
        self.client = FakeClient()
        self.pace = Pace(speed, once=True)
        self.desk = Desk(self.client, "agt_1", Random(1))  # type: ignore[arg-type]  # a fake
        self.talk = Conversation(
            "agt_1",
            self.client,  # type: ignore[arg-type]  # a fake
            self.desk,
            self.pace,
            lambda _: None,
            lambda: 30.0,
        )
        self.player = Player(self.desk, self.talk, self.pace, Random(1), lambda _: None, lambda: None)


@pytest.mark.parametrize(
    "story", [p.story for p in CAST] + [story_for(job.title) for job in JOBS], ids=lambda s: s.title
)
def test_a_story_that_is_played_ticks_off_its_whole_list(story: Story) -> None:
    stage = Stage(speed=1_000_000)
    stage.player.tell(story)
    assert [text for text, done in stage.client.todos.values() if not done] == []
    assert len(stage.client.todos) == len(story.chapters)
    assert stage.client.shown["status"] == ("warning" if story.failed else "finished")
    assert stage.client.logged[-1] == story.result


@pytest.mark.parametrize(
    ("answer", "then"),
    [("Right", "Went right"), ("left, please", "Went left"), ("Fly", "Going by the answer “Fly”")],
)
def test_an_answer_decides_what_is_done_next(answer: str, then: str) -> None:
    stage = Stage()
    stage.client.tell("feedback", answer, answers=QUESTION.text)
    stage.player.tell(STORY)
    assert stage.client.logged[0] == then
    assert stage.client.shown["pending_question"] is None


def test_without_an_answer_the_careful_way_is_taken() -> None:
    stage = Stage()
    stage.player.tell(STORY)
    assert stage.client.logged[:2] == ["Nobody answered; taking the careful way: Left", "Went left"]


def test_a_stop_is_answered_and_drops_what_is_under_way() -> None:
    stage = Stage()
    name = stage.client.tell("instruction", "Stop what you are doing", stops=True)
    with pytest.raises(Halted):
        stage.player.tell(STORY)
    assert "I have stopped" in stage.client.replies[name]
    assert "Walked" not in stage.client.logged
    assert not stage.talk.wishes


def test_plain_feedback_to_a_waiting_agent_is_an_answer_too() -> None:
    stage = Stage()
    stage.client.tell("feedback", "Right")
    stage.player.tell(STORY)
    assert "Went right" in stage.client.logged


def test_an_answer_to_another_question_is_not_taken_for_one() -> None:
    stage = Stage()
    name = stage.client.tell("feedback", "Right", answers="Up or down?")
    stage.player.tell(STORY)
    assert "Went left" in stage.client.logged
    assert "already gone on" in stage.client.replies[name]


def test_an_instruction_becomes_a_todo_that_is_done() -> None:
    stage = Stage()
    name = stage.client.tell("instruction", "Bring an umbrella")
    stage.player.tell(STORY)
    assert stage.client.todos["todo_3"] == ["Bring an umbrella", True]
    assert "todo 3 on my list" in stage.client.replies[name]


def test_a_question_does_not_end_the_waiting_but_is_answered() -> None:
    stage = Stage()
    name = stage.client.tell("question", "What do you wait for?")
    stage.client.tell("feedback", "Right", answers=QUESTION.text)
    stage.player.tell(STORY)
    assert "Left or right?" in stage.client.replies[name]
    assert "Went right" in stage.client.logged


def test_a_command_that_was_withdrawn_meanwhile_does_no_harm() -> None:
    stage = Stage()
    stage.client.withdrawn.add(stage.client.tell("instruction", "Never mind"))
    stage.player.tell(STORY)
    assert stage.client.replies == {}
    assert len(stage.client.todos) == 2


def test_an_agent_that_was_deleted_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()

    def gone(*_: object) -> list[Command]:
        raise Missing(404, "AGENT_NOT_FOUND", "Agent not found")

    monkeypatch.setattr(stage.client, "commands", gone)
    with pytest.raises(Missing):
        stage.player.tell(STORY)


def test_a_stop_ends_a_story_at_once() -> None:
    stage = Stage(speed=0.1)
    stage.pace.stop.set()
    with pytest.raises(Stopped):
        stage.player.tell(STORY)
