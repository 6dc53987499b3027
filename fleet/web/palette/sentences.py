"""Sentences that the palette understands: `assign 146 code rev`, `send code reviewer please rebase`, `claim for bug fixer`.

Each gives the lines that it can mean, the likeliest first; none when it is no such sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import Connection

from fleet.errors import NotFound
from fleet.models import agent, task
from fleet.models.agent import Agent
from fleet.models.agent.search import addressed
from fleet.web.palette import acts
from fleet.web.palette.option import Option
from fleet.web.palette.places import fits, stopping

MOST = 8
# How far it is looked for paused ones among the agents with those words.
PAUSED_AMONG = 200
NUMBERED = re.compile(r"#?(\d{1,9})(?:\s+(.*))?$", re.DOTALL)


def understood(connection: Connection, text: str) -> list[Option]:
    """What the sentence can mean."""
    verb, _, rest = text.partition(" ")
    meant = VERBS.get(verb.lower())
    return meant(connection, rest.strip()) if meant and _ else []


def begins_with_verb(words: str) -> bool:
    """Whether the first word is a verb, or becomes one when it is typed on: `pau`, `new`, `sign out`."""
    first = words.partition(" ")[0].lower()
    return len(first) > 1 and any(verb.startswith(first) for verb in (*VERBS, *OTHER_VERBS))


def sending(connection: Connection, rest: str) -> list[Option]:
    """`send <agent> <words>`; a colon may stand between the two."""
    agents, text = spoken_to(connection, rest)
    return [acts.send(one, text) if text else acts.write(one, rest) for one in agents]


def answering(connection: Connection, rest: str) -> list[Option]:
    """`answer <agent> <words>`, for agents that wait."""
    agents, text = spoken_to(connection, rest)
    waiting = [one for one in agents if one.need == "question"]
    return [acts.reply(one, text) if text else acts.answer(one, rest) for one in waiting]


def claiming(connection: Connection, rest: str) -> list[Option]:
    """`claim [next task] [for] <agent>`."""
    words = re.sub(r"^(next\s+)?(task\s+)?(for\b\s*)?", "", rest, flags=re.IGNORECASE)
    return [acts.claim(one, words) for one in agent.search(connection, words, MOST)]


def pausing(connection: Connection, rest: str) -> list[Option]:
    """`pause <agent>`; `pause fleet` first, where that can be meant."""
    agents = [one for one in agent.search(connection, rest, MOST) if one.paused_at is None]
    return stopping(f"pause {rest}") + [acts.pause(one, rest) for one in agents]


def halting(connection: Connection, rest: str) -> list[Option]:
    """`stop <agent>`; `stop all` first, where that can be meant."""
    agents = [one for one in agent.search(connection, rest, MOST) if one.stop_id is None]
    return stopping(f"stop {rest}") + [acts.stop(one, rest) for one in agents]


def resuming(connection: Connection, rest: str) -> list[Option]:
    """`resume <agent>`, for paused ones; `resume fleet` first, where that can be meant."""
    agents = [one for one in agent.search(connection, rest, PAUSED_AMONG) if one.paused_at is not None]
    return stopping(f"resume {rest}") + [acts.pause(one, rest) for one in agents[:MOST]]


def assigning(connection: Connection, rest: str) -> list[Option]:
    """`assign <number> [to] <agent>`; words instead of a number look for the task first."""
    match = NUMBERED.match(rest)
    if match is None:
        return [acts.choose_agent(one, rest) for one in task.search(connection, rest, MOST, free=True)]
    row = task.by_number(connection, int(match.group(1)))
    if row is None:
        return []
    words = re.sub(r"^to\b\s*", "", match.group(2) or "", flags=re.IGNORECASE).strip()
    return [acts.assign(row, one, words) for one in agent.search(connection, words, MOST)]


def spoken_to(connection: Connection, rest: str) -> tuple[list[Agent], str]:
    """The agents that the words begin with, and the words that are for them."""
    name, colon, text = rest.partition(":")
    if colon and name.strip() and (agents := agent.search(connection, name.strip(), MOST)):
        return agents, text.strip()
    if not rest:
        return agent.search(connection, "", MOST), ""
    agents, count = addressed(connection, rest.split(), MOST)
    parts = rest.split(maxsplit=count)
    return agents, parts[count] if len(parts) > count else ""


def more(connection: Connection, agent_id: str, task_id: str, text: str) -> list[Option]:
    """All that can be done with an agent or a task; of it what the words name."""
    try:
        if agent_id:
            options = acts.with_agent(Agent.of(agent.find(connection, agent_id)))
        else:
            options = acts.with_task(task.find(connection, task_id))
    except NotFound:
        return []
    return [option for option in options if fits(text, f"{option.lead} {option.name}", "")]


def next_step(connection: Connection, verb: str, agent_id: str, task_id: str, text: str) -> list[Option]:
    """The lines of a palette that has been told the verb and whom or what it is about."""
    try:
        whom = Agent.of(agent.find(connection, agent_id)) if agent_id else None
        what = task.find(connection, task_id) if task_id else None
    except NotFound:
        return []
    if verb == "send" and whom and text:
        return [acts.send(whom, text)]
    if verb == "assign" and what:
        return [acts.assign(what, one, text) for one in agent.search(connection, text, MOST)]
    if verb == "assign" and whom:
        return [acts.assign(one, whom) for one in task.search(connection, text, MOST, free=True)]
    if verb == "claim":
        return [acts.claim(one, text) for one in agent.search(connection, text, MOST)]
    return []


# What begins lines that are no sentences.
OTHER_VERBS = ("add", "change", "create", "new", "open", "retry", "sign")
VERBS: dict[str, Callable[[Connection, str], list[Option]]] = {
    "send": sending,
    "tell": sending,
    "answer": answering,
    "claim": claiming,
    "assign": assigning,
    "give": assigning,
    "pause": pausing,
    "stop": halting,
    "resume": resuming,
}
