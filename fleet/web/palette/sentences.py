"""Sentences that the palette understands: `assign 146 code rev`, `send code reviewer please rebase`, `claim for bug fixer`.

Each gives the lines that it can mean, the likeliest first; none when it is no such sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import Connection

from fleet.errors import NotFound
from fleet.models.agent import Agent, listed
from fleet.models.agent.search import addressed, found
from fleet.models.task import search as tasks
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


def sending(connection: Connection, rest: str) -> list[Option]:
    """`send <agent> <words>`; a colon may stand between the two."""
    agents, text = spoken_to(connection, rest)
    return [acts.send(agent, text) if text else acts.write(agent, rest) for agent in agents]


def answering(connection: Connection, rest: str) -> list[Option]:
    """`answer <agent> <words>`, for agents that wait."""
    agents, text = spoken_to(connection, rest)
    waiting = [agent for agent in agents if agent.state == "waiting_feedback"]
    return [acts.reply(agent, text) if text else acts.answer(agent, rest) for agent in waiting]


def claiming(connection: Connection, rest: str) -> list[Option]:
    """`claim [next task] [for] <agent>`."""
    words = re.sub(r"^(next\s+)?(task\s+)?(for\b\s*)?", "", rest, flags=re.IGNORECASE)
    return [acts.claim(agent, words) for agent in found(connection, words, MOST)]


def pausing(connection: Connection, rest: str) -> list[Option]:
    """`pause <agent>`; `pause fleet` first, where that can be meant."""
    agents = [agent for agent in found(connection, rest, MOST) if agent.paused_at is None]
    return stopping(f"pause {rest}") + [acts.pause(agent, rest) for agent in agents]


def resuming(connection: Connection, rest: str) -> list[Option]:
    """`resume <agent>`, for paused ones; `resume fleet` first, where that can be meant."""
    agents = [agent for agent in found(connection, rest, PAUSED_AMONG) if agent.paused_at is not None]
    return stopping(f"resume {rest}") + [acts.pause(agent, rest) for agent in agents[:MOST]]


def assigning(connection: Connection, rest: str) -> list[Option]:
    """`assign <number> [to] <agent>`; words instead of a number look for the task first."""
    match = NUMBERED.match(rest)
    if match is None:
        return [acts.choose_agent(task, rest) for task in tasks.found(connection, rest, MOST, free=True)]
    task = tasks.numbered(connection, int(match.group(1)))
    if task is None:
        return []
    words = re.sub(r"^to\b\s*", "", match.group(2) or "", flags=re.IGNORECASE).strip()
    return [acts.assign(task, agent, words) for agent in found(connection, words, MOST)]


def spoken_to(connection: Connection, rest: str) -> tuple[list[Agent], str]:
    """The agents that the words begin with, and the words that are for them."""
    name, colon, text = rest.partition(":")
    if colon and name.strip() and (agents := found(connection, name.strip(), MOST)):
        return agents, text.strip()
    if not rest:
        return found(connection, "", MOST), ""
    agents, count = addressed(connection, rest.split(), MOST)
    parts = rest.split(maxsplit=count)
    return agents, parts[count] if len(parts) > count else ""


def more(connection: Connection, agent_id: str, task_id: str, text: str) -> list[Option]:
    """All that can be done with an agent or a task; of it what the words name."""
    if agent_id:
        agent = listed.record(connection, agent_id)
        options = acts.with_agent(agent) if agent else []
    else:
        task = tasks.one(connection, task_id)
        options = acts.with_task(task) if task else []
    return [option for option in options if fits(text, f"{option.lead} {option.name}", "")]


def next_step(connection: Connection, verb: str, agent_id: str, task_id: str, text: str) -> list[Option]:
    """The lines of a palette that has been told the verb and whom or what it is about."""
    try:
        agent = listed.records([listed.get(connection, agent_id)])[0] if agent_id else None
    except NotFound:
        return []
    task = tasks.one(connection, task_id) if task_id else None
    if verb == "send" and agent and text:
        return [acts.send(agent, text)]
    if verb == "assign" and task:
        return [acts.assign(task, one, text) for one in found(connection, text, MOST)]
    if verb == "assign" and agent:
        return [acts.assign(one, agent) for one in tasks.found(connection, text, MOST, free=True)]
    if verb == "claim":
        return [acts.claim(one, text) for one in found(connection, text, MOST)]
    return []


VERBS: dict[str, Callable[[Connection, str], list[Option]]] = {
    "send": sending,
    "tell": sending,
    "answer": answering,
    "claim": claiming,
    "assign": assigning,
    "give": assigning,
    "pause": pausing,
    "resume": resuming,
}
