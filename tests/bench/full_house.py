"""A database with a lot in it, made through the models' own verbs: `python -m tests.bench.full_house FOLDER PLAN`."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.peers import ROOT

if TYPE_CHECKING:
    from fleet.db import Transaction

# Nobody can do a task that asks for this.
NOBODY = "nobody-can-do-this"
AT_ONCE = 500


@dataclass(frozen=True)
class House:
    """How much there is of each."""

    agents: int = 10_000
    events: int = 105_000
    tasks: int = 20_000
    entries: int = 50_000
    # Of the first agent's tasks and commands; of people and tokens.
    busy: int = 0


def build(folder: Path, house: House) -> None:
    """Make the database `fleet.db` in the folder, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.full_house", str(folder), json.dumps(asdict(house))]
    subprocess.run(command, check=True, cwd=ROOT, timeout=600)


def main() -> None:
    """Make it in this process."""
    folder, house = Path(sys.argv[1]), House(**json.loads(sys.argv[2]))
    from fleet.db import write
    from tests.support.application import application

    with application(folder, dev=False):
        agents: list[str] = []
        for numbers in parts(house.agents):
            agents += write(lambda tx, numbers=numbers: make_agents(tx, numbers))
        for total, make in ((house.tasks, make_tasks), (house.entries, make_entries)):
            for numbers in parts(total):
                write(lambda tx, make=make, numbers=numbers: make(tx, numbers))
        for numbers in parts(house.events):
            write(lambda tx, numbers=numbers: make_events(tx, numbers, agents))
        for numbers in parts(house.busy):
            write(lambda tx, numbers=numbers: make_busy(tx, numbers, agents[0]))


def make_agents(tx: Transaction, numbers: range) -> list[str]:
    """Agents; their ids."""
    from fleet.models import agent

    return [
        str(agent.create(tx, {"name": f"Worker {number:05}", "worktree": f"/srv/tree-{number % 40}"}).id)
        for number in numbers
    ]


def make_tasks(tx: Transaction, numbers: range) -> None:
    """Tasks that nobody can do."""
    from fleet.models import task

    for number in numbers:
        words = {"title": f"Task {number}", "description": "What is to be done, in a sentence. " * 5}
        task.create(tx, words | {"required_capabilities": [NOBODY]})


def make_entries(tx: Transaction, numbers: range) -> None:
    """Entries of the audit."""
    from fleet.models.audit import Entry

    tx.entries += [
        Entry(action="agents.edit", actor_kind="token", noun="agent", subject_id=f"agt_{number}") for number in numbers
    ]


def make_events(tx: Transaction, numbers: range, agents: list[str]) -> None:
    """Lines of activity, of each agent in turn."""
    from fleet.models import event

    for number in numbers:
        message = f"Ran {number % 90} tests in the tree of the payments service"
        event.post(tx, agents[number % len(agents)], "info", message, {"passed": number % 90, "failed": 0})


def make_busy(tx: Transaction, numbers: range, agent_id: str) -> None:
    """Tasks that one agent has claimed, and words for it; as many people and tokens."""
    from fleet.models import command, person, task, token

    for number in numbers:
        made = task.create(tx, {"title": f"Its task {number}", "description": "What is to be done.", "labels": ["own"]})
        task.claim(tx, made.id, agent_id, task.LEASE_LONGEST)
        command.send(tx, agent_id, "instruction", f"Look at the log of run {number} before you go on.")
        person.invite(tx, f"person-{number}@example.net", f"Person {number}", "operator")
        token.create(tx, "token", f"Job {number}", "viewer")


def parts(total: int) -> list[range]:
    """The numbers up to `total`, AT_ONCE at a time."""
    return [range(first, min(first + AT_ONCE, total)) for first in range(0, total, AT_ONCE)]


if __name__ == "__main__":
    main()
