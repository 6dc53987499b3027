"""What holds for every scenario, so that no agent of the demo is ever stuck. Nothing is served here."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import pytest

from fleet.demo import voice
from fleet.demo.scenarios import CAST, LARGEST, cast
from fleet.demo.scenarios.backlog import JOBS, jobs, story_for
from fleet.demo.script import Act, Ask, Silence, Story, Trouble, steps_of

ROOT = Path(__file__).parents[2]
OPENINGS = [profile.story for profile in CAST]
TASKS = [story_for(job.title) for job in JOBS]
OWN_TASK = story_for("Something that a person wrote")
STORIES = [*OPENINGS, *TASKS, OWN_TASK]
ASKS = [step for story in STORIES for step in steps_of(story) if isinstance(step, Ask)]
TTL = 90  # seconds after which a server calls a silent agent offline


def identity(seed: int, count: int) -> set[tuple[str, str, str]]:
    return {(p.host, p.machine_address(seed), p.repo_path) for p in cast(count)}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_every_scenario_has_an_end(story: Story) -> None:
    assert story.result
    assert story.chapters
    for chapter in story.chapters:
        assert chapter.todo
        assert chapter.steps


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: ask.title)
def test_every_question_has_two_to_six_short_options_and_a_detail(ask: Ask) -> None:
    labels = [choice.label for choice in ask.choices]
    assert 2 <= len(labels) == len(set(labels)) <= 6
    assert all(len(label) <= 24 for label in labels)
    title, _, detail = ask.text.partition("\n")
    assert title == ask.title
    assert title.endswith("?")
    assert detail == ask.detail != ""


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: ask.title)
def test_every_answer_leads_in_a_direction_of_its_own(ask: Ask) -> None:
    assert len({choice.reply for choice in ask.choices}) == len(ask.choices)
    assert len({repr(choice.then) for choice in ask.choices}) == len(ask.choices)
    assert all(choice.then for choice in ask.choices)
    assert ask.patience > 0


def test_every_trouble_has_a_way_out() -> None:
    troubles = [step for story in STORIES for step in steps_of(story) if isinstance(step, Trouble)]
    assert {trouble.status for trouble in troubles} == {"warning", "error"}
    assert all(trouble.then and trouble.patience > 0 for trouble in troubles)


def test_one_agent_falls_silent_for_longer_than_a_server_waits() -> None:
    silences = [step for story in OPENINGS for step in steps_of(story) if isinstance(step, Silence)]
    assert len(silences) == 1
    assert silences[0].seconds > TTL + 30


def test_every_kind_of_activity_occurs() -> None:
    acts = [step for story in STORIES for step in steps_of(story) if isinstance(step, Act)]
    assert {act.kind for act in acts} == {"commit", "edit", "read", "test", "info", "warning"}
    assert all("path" in act.metadata for act in acts if act.added or act.removed)


def test_names_are_unique_up_to_the_largest_fleet() -> None:
    names = Counter(profile.name for profile in cast(LARGEST))
    assert names.total() == LARGEST == len(names)


def test_in_a_large_fleet_most_agents_work_undisturbed() -> None:
    loud = [p for p in cast(LARGEST) if any(not isinstance(step, Act) for step in steps_of(p.story))]
    assert 30 <= len(loud) <= 90
    assert all(chapter.steps for profile in cast(LARGEST) for chapter in profile.story.chapters)


def test_twelve_agents_work_on_four_hosts() -> None:
    assert len(CAST) == 12
    assert len({profile.host for profile in CAST}) == 4


def test_the_same_seed_gives_the_same_agents_and_another_one_gives_others() -> None:
    assert identity(1, LARGEST) == identity(1, LARGEST)
    assert len(identity(1, LARGEST)) == LARGEST
    assert not identity(1, LARGEST) & identity(2, LARGEST)


def test_a_fleet_begins_with_the_agents_of_a_smaller_one() -> None:
    assert identity(1, 5) < identity(1, 40)


def test_the_last_part_of_the_path_is_the_repository() -> None:
    assert all(p.repo_path.rpartition("/")[2] == p.repository for p in cast(LARGEST))


@pytest.mark.parametrize("count", [0, LARGEST + 1])
def test_a_fleet_without_agents_or_beyond_the_largest_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="between 1 and"):
        cast(count)


def test_every_task_can_be_taken_by_somebody() -> None:
    for job in JOBS:
        assert any(set(job.needs) <= set(profile.capabilities) for profile in CAST), job.title


def test_tasks_wait_only_for_tasks_that_come_before_them() -> None:
    titles = [job.title for job in JOBS]
    assert len(set(titles)) == len(titles)
    for place, job in enumerate(JOBS):
        assert set(job.after) <= set(titles[:place]), job.title


def test_work_never_runs_out_and_no_title_comes_twice() -> None:
    for need in {job.needs[0] for job in JOBS}:
        titles = [job.title for job in islice(jobs(need), 100)]
        assert len(set(titles)) == 100


def test_a_task_of_a_later_turn_is_worked_through_like_the_first() -> None:
    first, again = story_for(JOBS[0].title), story_for(f"{JOBS[0].title} (ledger, 3)")
    assert [c.todo for c in first.chapters] == [c.todo for c in again.chapters]
    assert again.title.endswith("(ledger, 3)")


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_no_text_has_a_gap_left_in_it(story: Story) -> None:
    assert "{place}" not in str(asdict(story))
    assert "{title}" not in str(asdict(story))


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("Now", "Now"),
        ("behind a flag", "Behind a flag"),
        ("2", "Now"),
        ("Behind a flag, please. And tell the team.", "Behind a flag"),
        ("Take it in batches of 5,000", "In batches"),
        ("We do not know yet", None),
        ("Ask me on Monday", None),
        ("", None),
    ],
)
def test_an_answer_is_understood_by_label_number_or_words(answer: str, label: str | None) -> None:
    ask = next(ask for ask in ASKS if ask.title.startswith("Migrate the sessions"))
    choice = voice.chosen(ask, answer)
    assert (choice.label if choice else None) == label


def test_a_question_is_answered_with_what_the_agent_is_doing() -> None:
    now = voice.Situation(task="Fix it", todo=2, todos=5, doing="Read the code", progress=30, added=4)
    reply = voice.account(now)
    assert "“Fix it”" in reply
    assert "todo 2 of 5" in reply
    assert "30 %" in reply


def test_an_instruction_is_answered_with_its_place_on_the_list() -> None:
    now = voice.Situation(task="Fix it", todo=2, todos=5, doing="Read the code")
    assert "todo 6" in voice.assent(now, "Add a test")
    assert "“Add a test”" in voice.assent(voice.Situation(), "Add a test\nand run it")


def test_the_demo_loads_neither_flask_nor_sqlalchemy_nor_gevent() -> None:
    code = "import sys, fleet.demo.main; print(*{'flask', 'sqlalchemy', 'gevent', 'msgspec'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
