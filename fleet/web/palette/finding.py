"""From words to groups of lines: things first, then what can be done; the other way round after a verb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from fleet.db.words import folded
from fleet.models import agent, host, task
from fleet.models.agent import Agent
from fleet.models.host import HostSummary
from fleet.web.palette import acts, administration, sentences
from fleet.web.palette.option import Group, Option, place_of, place_of_host, short
from fleet.web.palette.places import fixed, places, states
from fleet.web.security.policy import May
from fleet.web.tasks.listing import WORDS

ACTS, NOUNS, NOUNS_ON_PAGE = 5, 6, 50
SCOPES = {">": "acts", "@": "agents", "#": "tasks"}
# Which groups a scope has: a name behind @ may be a machine's too.
SHOWN = {"acts": ["acts"], "agents": ["agents", "hosts"], "tasks": ["tasks"]}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed (`text`), in which scope, and what the palette has been told before; `raw` is all of the text."""

    text: str = ""
    scope: str = ""
    verb: str = ""
    agent: str = ""
    task: str = ""
    raw: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Asked:
        """Read from a URL."""

        def words(name: str, longest: int) -> str:
            return query.get(name, "").replace("\x00", "")[:longest].strip()

        text = words("q", 2000)
        scope = SCOPES.get(text[:1], "")
        return cls(
            text=text[1:].strip() if scope else text,
            scope=scope,
            verb=words("verb", 20),
            agent=words("agent", 200),
            task=words("task", 200),
            raw=text,
        )


def groups(connection: Connection, asked: Asked, may: May, *, whole: bool = False) -> list[Group]:
    """Everything that the words can mean; `whole` brings as much as a page holds. Empty groups are left out."""
    if asked.verb:
        options = following(connection, asked) if may.operate else []
        return [Group("Do", options)] if options else []
    most = NOUNS_ON_PAGE if whole else NOUNS
    words = asked.text[:200]
    sentence_options = sentences.understood(connection, asked.text) if may.operate else []
    agents = agent.search(connection, words, most) if words or asked.scope == "agents" else []
    hosts = hosts_named(connection, words, most) if words or asked.scope == "agents" else []
    rows = task.search(connection, words, most) if words or asked.scope == "tasks" else []
    makers = {
        "acts": Group("Do", sentence_options or doable(connection, words, agents, rows, may)),
        "agents": Group("Agents", [agent_line(agent, words, may) for agent in agents]),
        "hosts": Group("Hosts", [host_line(each, words) for each in hosts]),
        "tasks": Group("Tasks", [task_line(row, words, may) for row in rows]),
        "places": Group("Go to", places(words, may) + states(words)),
        "people": Group("People", administration.people(connection, words, may, most)),
        "tokens": Group("Tokens", administration.tokens(words, most)),
        "settings": Group("Settings", administration.settings(words, may, most)),
    }
    if asked.scope:
        names = SHOWN[asked.scope]
    elif not words or sentence_options or sentences.begins_with_verb(words):
        names = list(makers)
    else:
        # Somebody who names a thing wants to see it; what can be done with it comes after.
        names = [*(name for name in makers if name != "acts"), "acts"]
    return [makers[name] for name in names if makers[name].options]


def hosts_named(connection: Connection, words: str, most: int) -> list[HostSummary]:
    """The hosts with these words in name, host name or place, in the order of `agent.search`."""
    ids = [each.id for each in agent.search(connection, words, most, kind="host")]
    summaries = host.of(connection, ids)
    return [summaries[host_id] for host_id in ids if host_id in summaries]


def following(connection: Connection, asked: Asked) -> list[Option]:
    """The lines after a choice: what else can be done, or what the act still needs."""
    if asked.verb == "more":
        return sentences.more(connection, asked.agent, asked.task, asked.text)
    return sentences.next_step(connection, asked.verb, asked.agent, asked.task, asked.text)


def doable(connection: Connection, words: str, agents: list[Agent], rows: Any, may: May) -> list[Option]:
    """The acts that fit: an answer before all else, then those with the first agent or task, then the fixed ones."""
    options: list[Option] = []
    if may.operate:
        waiting = agent.search(connection, words, 3, waiting=True)
        options += [acts.answer(agent, words) for agent in waiting]
        if agents and words and any(word in str(folded(agents[0].name)) for word in str(folded(words)).split()):
            first = agents[0]
            options += [acts.write(first, words), acts.choose_task(first, words), acts.claim(first, words)]
            options.append(acts.pause(first, words))
        options += [acts.choose_agent(row, words) for row in rows[:3] if row.status == "pending"][:2]
    others = fixed(words, may)
    # `sto` is on the way to Stop all, also where somebody is called so.
    return [*others, *options[: ACTS + 1]] if sentences.begins_with_verb(words) else [*options[: ACTS + 1], *others]


def agent_line(agent: Agent, words: str, may: May) -> Option:
    """An agent, to be opened; Tab asks for more."""
    return Option(
        name=agent.name,
        agent=agent,
        place=place_of(agent),
        words=words,
        href=f"/agents/{agent.id}",
        more={"verb": "more", "agent": agent.id} if may.operate else None,
        label=short(agent.name, 40),
    )


def host_line(each: HostSummary, words: str) -> Option:
    """A host, to be opened."""
    return Option(
        name=each.name,
        host=each,
        place=place_of_host(each),
        words=words,
        href=f"/hosts/{each.id}",
        label=short(each.name, 40),
    )


def task_line(row: Row[Any], words: str, may: May) -> Option:
    """A task, to be opened; Tab asks for more."""
    state = WORDS[row.status]
    right = f"{state}, {short(row.agent_name, 40)}" if row.agent_name else state
    return Option(
        name=short(row.title),
        number=row.number,
        icon="list-check",
        right=right,
        words=words,
        href=f"/tasks/{row.id}",
        label=f"Task {row.number}",
        more={"verb": "more", "task": row.id} if may.operate else None,
    )
