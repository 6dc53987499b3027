"""A task as lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.client import Json
from fleet.shell import plain, screen, words
from fleet.shell.tables import Column, facts, heading

COLUMNS = (
    Column("NUMBER", right=True),
    Column("STATUS", colour=words.colour),
    Column("PRIORITY", rank=3),
    Column("TITLE", least=10),
    Column("AGENT", least=8, rank=1),
    Column("LABELS", least=6, rank=4),
    Column("AGE", right=True, rank=2),
)


def row(task: Json, names: dict[str, str]) -> list[object]:
    """A task's line; `names` are the agents' by their ids."""
    assignee = task["assigned_agent_id"]
    return [
        f"#{task['number']}",
        words.status_word(task),
        task["priority"],
        task["title"],
        names.get(assignee, assignee),
        ", ".join(task["labels"]),
        words.age(task["created_at"]),
    ]


def short(task: Json) -> str:
    """`#148 task_… Title`, which also is what commands say when they have changed one."""
    return f"#{task['number']} {task['id']} {plain.line(task['title'])}"


def details(task: Json, names: dict[str, str]) -> Iterator[str]:
    """Everything about a task."""
    status = words.status_word(task)
    title = screen.paint(f"#{task['number']} {plain.line(task['title'])}", None, bold=True)
    yield f"{title}  {screen.paint(status, words.colour(status))}"
    assignee = task["assigned_agent_id"]
    yield from facts(
        [
            ("id", task["id"]),
            ("priority", task["priority"]),
            ("agent", f"{names.get(assignee, 'gone')} ({assignee})" if assignee else None),
            ("labels", ", ".join(task["labels"])),
            ("requires", ", ".join(task["required_capabilities"])),
            ("needs", ", ".join(task["depends_on"])),
            ("waits for", ", ".join(task["waits_for"])),
            ("created", words.ago(task["created_at"])),
            ("started", words.ago(task["started_at"])),
            ("completed", words.ago(task["completed_at"])),
            ("lease until", words.moment(task["lease_expires_at"])),
        ]
    )
    for title, text in (
        ("Description", task["description"]),
        ("Result", task["result"]),
        ("Failure", task["failure_reason"]),
    ):
        if text:
            yield from heading(title)
            yield plain.block(text)


def claims(rows: list[Json], names: dict[str, str]) -> Iterator[str]:
    """Every claim of a task, how it ended, and what came too late."""
    if rows:
        yield from heading("Claims")
    for claim in rows:
        who, ending = names.get(claim["agent_id"], claim["agent_id"]), claim["ending"] or "holds it"
        start = f"{claim['fence']}  {words.moment(claim['claimed_at'])}"
        yield screen.fitted(f"{start}  {plain.line(who)}: {ending}")
        if claim["late_answer"] is not None:
            yield screen.fitted(f"   too late: {plain.line(claim['late_answer'])}")
