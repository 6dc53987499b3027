"""Finding what somebody means: an agent by id, name, prefix or a word of its name; a task by id, prefix or number."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from fleet.client import Json, Missing
from fleet.shell.command import NOTHING, USAGE, Failed
from fleet.shell.fleet import Fleet

SHOWN = 20  # how many candidates are listed
Test = Callable[[Json], bool]


def agent(fleet: Fleet, wanted: str, kind: str | None = None) -> Json:
    """The agent with this id or name, or the only one whose id or name begins so, or has such words in it.

    With a `kind` no name of any other means anything. Raises Failed: 4 when there is
    none, 2 with the candidates when there are several.
    """
    wanted = wanted.strip()
    exact = by_id(fleet, "agents", "agt_", wanted)
    if exact is not None:
        return exact
    small = wanted.casefold()
    tests: list[Test] = [
        lambda a: a["id"] == wanted,
        lambda a: a["name"] == wanted,
        lambda a: str(a["name"]).casefold() == small,
        lambda a: begins(a["id"], "agt_", wanted) or str(a["name"]).casefold().startswith(small),
        lambda a: all(any(each.startswith(word) for each in parts(a["name"])) for word in small.split()),
        lambda a: all(word in str(a["name"]).casefold() for word in small.split()),
    ]
    return only(kind or "agent", wanted, fleet.every("agents", kind=kind) if wanted else [], tests)


def host(fleet: Fleet, wanted: str) -> Json:
    """The host with this id or name, or the only one that is meant, as `agent` does. Raises Failed as that does."""
    return agent(fleet, wanted, "host")


def task(fleet: Fleet, wanted: str) -> Json:
    """The task with this number or id, or the only one whose id begins so. Raises Failed as `agent` does."""
    wanted = wanted.strip()
    digits = wanted.removeprefix("#")
    if digits.isascii() and digits.isdigit() and len(digits) < 10:
        number = int(digits)
        rows = fleet.every("tasks", q=f"#{number}")
        return only("task", wanted, rows, [lambda t: t["number"] == number])
    exact = by_id(fleet, "tasks", "task_", wanted)
    if exact is not None:
        return exact
    tests: list[Test] = [lambda t: t["id"] == wanted, lambda t: begins(t["id"], "task_", wanted)]
    return only("task", wanted, fleet.every("tasks") if wanted else [], tests)


def by_id(fleet: Fleet, noun: str, prefix: str, wanted: str) -> Json | None:
    """What has this very id, if `wanted` looks like one."""
    rest = wanted.removeprefix(prefix)
    if rest == wanted or not (rest.isascii() and rest.isalnum()):
        return None
    try:
        return fleet.get(noun, wanted)
    except Missing:
        return None


def parts(name: object) -> list[str]:
    """A name's words in small letters: of `Code-Reviewer 2` code, reviewer, 2."""
    return re.findall(r"\w+", str(name).casefold())


def begins(identifier: str, prefix: str, wanted: str) -> bool:
    """True when the id begins with `wanted`, with or without the letters that all ids begin with."""
    return identifier.startswith(wanted) or identifier.removeprefix(prefix).startswith(wanted)


def only(noun: str, wanted: str, rows: Sequence[Json], tests: Sequence[Test]) -> Json:
    """The one thing that passes the first test that any passes. Raises Failed."""
    for test in tests:
        fitting = [each for each in rows if test(each)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise Failed(ambiguous(noun, wanted, fitting), USAGE, "AMBIGUOUS")
    code = f"{noun.upper()}_NOT_FOUND"
    raise Failed(f"There is no {noun} “{wanted}” ({code}).", NOTHING, code)


def ambiguous(noun: str, wanted: str, fitting: Sequence[Json]) -> str:
    """Which ones it could be."""
    lines = [f"“{wanted}” could be any of {len(fitting)} {noun}s; say more of the name, or an id:"]
    for each in fitting[:SHOWN]:
        words = " ".join(str(each.get("name") or each.get("title")).split())
        lines.append(f"  {each['id']}  {words}  {each.get('hostname') or ''}".rstrip())
    return "\n".join([*lines, *(["  …"] if len(fitting) > SHOWN else [])])
