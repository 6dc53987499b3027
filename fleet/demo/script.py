"""The words that a scenario is written in.

A story is a list of chapters, a chapter is one todo with its steps, and a step
is one of four things: an act, a question, a trouble, a silence. All times are
story seconds: real seconds at `--speed 1`.

Texts may hold words that `told` replaces, such as `{place}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Literal

Kind = Literal["commit", "edit", "read", "test", "info", "warning", "error"]
PACE = 7.0  # story seconds from one act to the next, unless it says otherwise


@dataclass(frozen=True)
class Act:
    """One line of activity; `added` and `removed` are lines of code, in one file."""

    kind: Kind
    message: str
    metadata: Mapping[str, str | int] = field(default_factory=dict)
    added: int = 0
    removed: int = 0
    pause: float = PACE


@dataclass(frozen=True)
class Choice:
    """One offered answer: `reply` is said to the person who chose it, `then` is done."""

    label: str
    reply: str
    then: tuple[Step, ...]


@dataclass(frozen=True)
class Ask:
    """A question to a person.

    Nobody is waited for longer than `patience` (story seconds); then the agent
    takes the first choice, which is therefore always the careful one.
    """

    title: str
    detail: str
    choices: tuple[Choice, ...]
    patience: float = 720.0

    @property
    def text(self) -> str:
        """The question as `pending_question` carries it: a title, then the detail."""
        return f"{self.title}\n{self.detail}"


@dataclass(frozen=True)
class Trouble:
    """Something goes wrong; `then` is how the agent gets out of it.

    It tries after `patience` (story seconds), or at once when a person writes.
    """

    status: Literal["warning", "error"]
    message: str
    then: tuple[Step, ...]
    patience: float = 150.0


@dataclass(frozen=True)
class Silence:
    """The agent is not heard of, not even by heartbeat; `excuse` is what it says afterwards."""

    excuse: str
    seconds: float = 240.0


Step = Act | Ask | Trouble | Silence


@dataclass(frozen=True)
class Chapter:
    """One todo and what is done for it."""

    todo: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Story:
    """A piece of work from its first todo to its result; `failed` ones end in that instead."""

    title: str
    chapters: tuple[Chapter, ...]
    result: str
    failed: bool = False


def unfold(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Every step that can happen, the ones behind answers and troubles too."""
    for step in steps:
        yield step
        if isinstance(step, Ask):
            for choice in step.choices:
                yield from unfold(choice.then)
        elif isinstance(step, Trouble):
            yield from unfold(step.then)


def steps_of(story: Story) -> Iterator[Step]:
    """Every step that can happen in `story`."""
    for chapter in story.chapters:
        yield from unfold(chapter.steps)


def smooth(story: Story) -> Story:
    """`story` as it goes on a good day: no question, no trouble, no silence."""
    return replace(story, chapters=tuple(replace(c, steps=tuple(_smooth(c.steps))) for c in story.chapters))


def _smooth(steps: tuple[Step, ...]) -> Iterator[Act]:
    for step in steps:
        if isinstance(step, Act):
            yield step
        elif isinstance(step, Ask):
            yield from _smooth(step.choices[0].then)
        elif isinstance(step, Trouble):
            yield from _smooth(step.then)


def told(story: Story, words: Mapping[str, str]) -> Story:
    """`story` with every key of `words` replaced by its value, in every text."""
    result: Story = _with(story, words)
    return result


def _with(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for old, new in words.items():
            value = value.replace(old, new)
        return value
    if isinstance(value, tuple):
        return tuple(_with(item, words) for item in value)
    if isinstance(value, dict):
        return {key: _with(item, words) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _with(getattr(value, f.name), words) for f in fields(value)})
    return value


def read(what: str, pause: float = PACE) -> Act:
    """The agent looked at `what`."""
    return Act("read", f"Read {what}", {"path": what}, pause=pause)


def edit(path: str, added: int = 0, removed: int = 0) -> Act:
    """The agent changed one file."""
    figures: dict[str, str | int] = {"path": path, "added": added, "removed": removed}
    return Act("edit", f"Edited {path}", figures, added, removed)


def ran(command: str, outcome: str, pause: float = PACE) -> Act:
    """The agent ran tests or checks, which ended in `outcome`."""
    return Act("test", f"Ran {command}: {outcome}", {"command": command}, pause=pause)


def commit(message: str) -> Act:
    """The agent committed; the player gives the commit its hash."""
    return Act("commit", message)


def note(message: str) -> Act:
    """The agent found something worth saying."""
    return Act("info", message)


def warn(message: str) -> Act:
    """The agent met something that it can live with."""
    return Act("warning", message)
