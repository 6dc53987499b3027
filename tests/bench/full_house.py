"""A database with a lot in it, made through the models' own verbs: `python -m tests.bench.full_house FOLDER PLAN`."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.peers import ROOT

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


def build(folder: Path, house: House) -> None:
    """Make the database `fleet.db` in the folder, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.full_house", str(folder), json.dumps(asdict(house))]
    subprocess.run(command, check=True, cwd=ROOT, timeout=600)


def main() -> None:
    """Make it in this process."""
    folder, house = Path(sys.argv[1]), House(**json.loads(sys.argv[2]))
    from fleet.db import Transaction, write
    from fleet.models import agent, event, task
    from fleet.models.audit import Entry
    from tests.support.application import application

    def make_agents(tx: Transaction, numbers: range) -> list[str]:
        return [
            str(agent.create(tx, {"name": f"Worker {number:05}", "worktree": f"/srv/tree-{number % 40}"}).id)
            for number in numbers
        ]

    def make_tasks(tx: Transaction, numbers: range) -> None:
        for number in numbers:
            words = {"title": f"Task {number}", "description": "What is to be done, in a sentence. " * 5}
            task.create(tx, words | {"required_capabilities": [NOBODY]})

    def note(tx: Transaction, numbers: range) -> None:
        tx.entries += [
            Entry(action="agents.edit", actor_kind="token", noun="agent", subject_id=f"agt_{n}") for n in numbers
        ]

    def log(tx: Transaction, numbers: range, agents: list[str]) -> None:
        for number in numbers:
            message = f"Ran {number % 90} tests in the tree of the payments service"
            event.post(tx, agents[number % len(agents)], "info", message, {"passed": number % 90, "failed": 0})

    with application(folder, dev=False):
        agents: list[str] = []
        for numbers in parts(house.agents):
            agents += write(lambda tx, numbers=numbers: make_agents(tx, numbers))
        for numbers in parts(house.tasks):
            write(lambda tx, numbers=numbers: make_tasks(tx, numbers))
        for numbers in parts(house.events):
            write(lambda tx, numbers=numbers: log(tx, numbers, agents))
        for numbers in parts(house.entries):
            write(lambda tx, numbers=numbers: note(tx, numbers))


def parts(total: int) -> list[range]:
    """The numbers up to `total`, AT_ONCE at a time."""
    return [range(first, min(first + AT_ONCE, total)) for first in range(0, total, AT_ONCE)]


if __name__ == "__main__":
    main()
