"""What agents say to people: pure functions from a situation to a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fleet.demo.script import Ask, Choice, Step, edit, note, ran

LONGEST_TODO = 100  # characters of an instruction that fit on a line of the list


@dataclass(frozen=True)
class Situation:
    """What an agent could say about itself; `todo` counts from 1, `progress` is in per cent."""

    task: str | None = None
    todo: int = 0
    todos: int = 0
    doing: str = ""
    progress: int = 0
    added: int = 0
    removed: int = 0
    question: str | None = None
    trouble: str | None = None


def account(now: Situation) -> str:
    """The reply to a question of a person: what the agent is doing."""
    if now.task is None:
        return "I have no task at the moment and take the next one that suits me."
    where = f"I am on todo {now.todo} of {now.todos}, “{now.doing}”, of “{now.task}”."
    figures = f"{now.progress} % is done, +{now.added} \u2212{now.removed} lines so far."
    if now.question is not None:
        return f"{where} I wait for an answer: {now.question}"
    if now.trouble is not None:
        return f"{where} I am held up: {now.trouble}. I try to get round it. {figures}"
    return f"{where} {figures}"


def assent(now: Situation, words: str) -> str:
    """The reply to an instruction, which the agent puts on its list."""
    if now.task is None:
        return f"Starting on it now: “{short(words)}”."
    next_one = now.todos + 1
    if now.question is not None:
        return f"It is todo {next_one} on my list. My question still waits for you, though."
    if now.trouble is not None:
        return f"Thank you. I try again right away, and it is todo {next_one} on my list."
    return f"It is todo {next_one} on my list, after “{now.doing}” and what follows it."


def thanks(now: Situation, words: str) -> str:
    """The reply to feedback that answers no question."""
    if now.trouble is not None:
        return "Thank you. I try again with that in mind."
    if now.task is None:
        return "Thank you. I keep it in mind for the next task."
    return f"Thank you. I keep “{short(words)}” in mind for the rest of “{now.task}”."


def late() -> str:
    """The reply to an answer that comes when its question is settled."""
    return "I had already gone on when this came. Send it as an instruction if it still matters."


def no_machine() -> str:
    """The reply to work for a machine, which a simulated agent has none of."""
    return "I am simulated and have no machine to run this on."


def chosen(ask: Ask, answer: str) -> Choice | None:
    """The choice that `answer` means: by its label, its number, or its words; None for other words."""
    words = _words(answer)
    for number, choice in enumerate(ask.choices, 1):
        if words in (_words(choice.label), [str(number)]):
            return choice
    # Longest label first: “Force-push” must not be taken for a choice called “Push”.
    for choice in sorted(ask.choices, key=lambda c: -len(c.label)):
        label = _words(choice.label)
        if any(words[at : at + len(label)] == label for at in range(len(words))):
            return choice
    return None


def own_way(answer: str) -> tuple[str, tuple[Step, ...]]:
    """The reply and the steps for an answer that is none of the choices."""
    reply = f"Understood. I do it your way: “{short(answer)}”."
    steps = (
        note(f"Going by the answer “{short(answer)}”"),
        edit("DECISIONS.md", 5),
        ran("the checks again", "all pass"),
    )
    return reply, steps


def short(words: str, longest: int = LONGEST_TODO) -> str:
    """The first line of `words`, cut at `longest` characters."""
    line = words.strip().partition("\n")[0].strip()
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
