"""The fleet of the pictures: seventeen agents in the middle of an afternoon.

They are made through /v1. How long ago each thing happened is set in the
database while the server is down, for that is nothing that an agent may say.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.browser.crew import Crew, Member

MINUTE = 60
QUESTION = (
    "Migrate the sessions table now, or behind a flag?\n"
    "The migration rewrites 2.1 million rows and locks the table for about 40 seconds. Todo 5 of 6 waits for you."
)


NPM = "npm ci exited with 1: react-table@7 accepts React 18 at most. Replace the package, or stay on React 18."


@dataclass(frozen=True)
class Part:
    """One agent of the scene; `said` are its lines of activity with their type and age in seconds."""

    name: str
    host: str
    repository: str
    task: str
    status: str
    progress: int
    lines: tuple[int, int]
    todos: tuple[int, int]
    said: Sequence[tuple[str, str, float]]
    question: str | None = None
    options: Sequence[str] = ()
    offline: bool = False
    member: list[Member] = field(default_factory=list, compare=False)


CAST = (
    Part(
        "Code Reviewer",
        "web-01",
        "payments-api",
        "Review pull request #123",
        "waiting_feedback",
        68,
        (120, 8),
        (4, 6),
        [("question", "Asked: migrate now, or behind a flag?", 4 * MINUTE)],
        QUESTION,
        ("Behind a flag", "Now"),
    ),
    Part(
        "Bug Fixer",
        "build-02",
        "billing-core",
        "Fix rounding in invoice totals (#142)",
        "waiting_feedback",
        82,
        (36, 14),
        (5, 6),
        [("question", "Wants to push over #125", 9 * MINUTE)],
        "Push the rebased branch over pull request #125?\nIt overwrites 2 commits of yesterday; both are in the"
        " rebase.",
        ("Push a new branch", "Force-push"),
    ),
    Part(
        "Dependency Updater",
        "build-02",
        "web-shop",
        "Update React to 19",
        "error",
        40,
        (212, 198),
        (2, 5),
        [("error", NPM, 12 * MINUTE)],
    ),
    Part(
        "Flaky Hunter",
        "build-02",
        "billing-core",
        "Find out why test_settle is flaky",
        "warning",
        60,
        (18, 3),
        (3, 5),
        [("warning", "2 of 20 reruns failed", 3 * MINUTE), ("test", "Reran test_settle 20 times", 64 * MINUTE)],
    ),
    Part(
        "Docs Writer",
        "web-01",
        "docs-site",
        "Write the guide to webhooks",
        "active",
        55,
        (312, 47),
        (3, 6),
        [("edit", "Edited webhooks/retries.md", 8), ("task", "Took “Write the guide to webhooks”", 16 * MINUTE)],
    ),
    Part(
        "Test Author",
        "gpu-01",
        "payments-api",
        "Cover refunds with property tests",
        "active",
        31,
        (94, 0),
        (2, 7),
        [("command", "Ran pytest tests/refunds -q", 21)],
    ),
    Part(
        "Migration Planner",
        "web-01",
        "ledger",
        "Plan the move to PostgreSQL 17",
        "active",
        12,
        (0, 0),
        (1, 8),
        [("read", "Read 14 files in db/schema", 40)],
    ),
    Part(
        "Frontend Polisher",
        "build-02",
        "web-shop",
        "Make the basket usable by keyboard",
        "active",
        74,
        (188, 61),
        (6, 8),
        [("todo", "Finished “Focus ring on rows”", MINUTE), ("edit", "Edited BasketRow.tsx", 2 * MINUTE)],
    ),
    Part(
        "Log Triage",
        "edge-03",
        "platform-ops",
        "Sort last night’s errors by cause",
        "active",
        45,
        (0, 0),
        (2, 4),
        [("offline", "Stopped answering", 32 * MINUTE)],
        offline=True,
    ),
    Part(
        "Release Notes",
        "gpu-01",
        "web-shop",
        "Notes for 2.14.0",
        "finished",
        100,
        (64, 2),
        (4, 4),
        [("finished", "Finished “Notes for 2.14.0”", 18 * MINUTE), ("commit", "Opened pull request #127", 19 * MINUTE)],
    ),
    Part(
        "Security Scanner",
        "gpu-01",
        "platform-ops",
        "",
        "idle",
        0,
        (0, 0),
        (0, 0),
        [("todo", "Finished “Scan new packages”", 61 * MINUTE)],
    ),
    Part(
        "Translator",
        "edge-03",
        "mobile-app",
        "",
        "idle",
        0,
        (0, 0),
        (0, 0),
        [("todo", "Finished “41 strings to German”", 121 * MINUTE)],
    ),
    Part(
        "Schema Linter", "web-01", "ledger", "", "idle", 0, (0, 0), (0, 0), [("info", "Nothing to lint", 180 * MINUTE)]
    ),
    Part("API Differ", "web-02", "payments-api", "", "idle", 0, (0, 0), (0, 0), [("info", "No change", 200 * MINUTE)]),
    Part("Link Checker", "web-02", "docs-site", "", "idle", 0, (0, 0), (0, 0), [("info", "1,204 links", 240 * MINUTE)]),
    Part(
        "Image Squeezer",
        "mac-mini-1",
        "web-shop",
        "",
        "idle",
        0,
        (0, 0),
        (0, 0),
        [("info", "Saved 3 MB", 300 * MINUTE)],
    ),
    Part("Changelog Keeper", "gpu-01", "search", "", "idle", 0, (0, 0), (0, 0), [("info", "Up to date", 360 * MINUTE)]),
)
TODOS = (
    "Read the diff and the linked issue",
    "Run the tests on the branch",
    "Check error paths in the refund flow",
    "Add missing tests for expired tokens",
    "Review the sessions migration",
    "Write the summary and request changes",
)
HISTORY = (
    ("edit", "Edited tests/test_tokens.py", 8 * MINUTE),
    ("test", "Ran pytest tests -q in 38 s, 312 passed", 11 * MINUTE),
    ("todo", "Finished “Check error paths in the refund flow”", 12 * MINUTE),
    ("read", "Read payments/refunds.py", 14 * MINUTE),
)
# Who said what to the Code Reviewer, of which type, what it answered, and how long ago that was.
TALK = (
    (
        "mira",
        "instruction",
        "Review pull request #123. Look hardest at anything that touches sessions or refunds.",
        "Starting. The diff touches 9 files; I made a list of 6 todos.",
        22 * MINUTE,
    ),
    (
        "mira",
        "feedback",
        "Tokens that expire during a refund are not tested. Add that before the summary.",
        "Added 6 tests in tests/test_tokens.py. All pass.",
        11 * MINUTE,
    ),
    ("jonas", "question", "Is the lock shorter if we copy in batches of 10,000 rows?", None, 3 * MINUTE),
)
QUEUE = (
    "Rotate the signing keys",
    "Split the settings page",
    "Drop the old webhook endpoint",
    "Index invoices by day",
)


def make(crews: dict[str, Crew]) -> Member:
    """Make the fleet as people called `mira` and `jonas`; returns the Code Reviewer."""
    for part in reversed(CAST):
        part.member[:] = [join(crews["mira"], part)]
        if part.question == QUESTION:
            talk(crews, part.member[0])
        work(part, part.member[0])
    for title in QUEUE:
        crews["mira"].task(title, priority="high", labels=["later"])
    return CAST[0].member[0]


def join(crew: Crew, part: Part) -> Member:
    """Make the agent."""
    return crew.add(
        part.name,
        f"/srv/{part.repository}",
        status="active",
        hostname=part.host,
        progress=part.progress,
        current_task=part.task or None,
        lines_added=part.lines[0],
        lines_removed=part.lines[1],
        files_changed=sum(part.lines) // 24,
        tags=[part.repository],
        capabilities=["python"],
    )


def talk(crews: dict[str, Crew], member: Member) -> None:
    """What people and the agent said to each other."""
    for who, kind, content, response, _ in TALK:
        said = Member(crews[who].api, member.id, member.name).hear(content, kind)
        if response:
            member.respond(said, response)
    member.report(last_commit="Cover expired tokens")


def work(part: Part, member: Member) -> None:
    """What the agent has done, and what it is at now."""
    done, total = part.todos
    for number, todo in enumerate(member.plan(*(TODOS if total == len(TODOS) else steps(total)))):
        change = {"completed": True} if number < done else {"current": True}
        if number <= done:
            member.call("PATCH", f"/todos/{todo['id']}", change)
    for kind, message, _ in sorted(lines(part), key=lambda line: -line[2]):
        member.say(message, kind)
    asked = {"pending_question": part.question, "question_options": list(part.options)} if part.question else {}
    member.report(status=part.status, **asked)


def steps(count: int) -> list[str]:
    """Todos that are on no picture."""
    return [f"Step {n + 1}" for n in range(count)]


def lines(part: Part) -> list[tuple[str, str, float]]:
    """The agent's activity."""
    return [*part.said, *(HISTORY if part.question == QUESTION else ())]


def age(database: Path) -> None:
    """Let everything have happened some time ago; the server must be down."""
    now = datetime.now(UTC).replace(tzinfo=None)

    def ago(seconds: float) -> str:
        return (now - timedelta(seconds=seconds)).isoformat(" ", "microseconds")

    with closing(sqlite3.connect(database)) as connection, connection:
        for part in CAST:
            agent, last = part.member[0].id, min(seconds for _, _, seconds in part.said)
            since = last if part.status != "active" else 22 * MINUTE
            connection.execute(
                "UPDATE agents SET status_changed_at = ?, activity_at = ?, last_seen_at = ?, updated_at = ?,"
                " question_asked_at = CASE WHEN pending_question IS NULL THEN NULL ELSE ? END, connection = ?,"
                " connection_changed_at = ? WHERE id = ?",
                (
                    ago(since),
                    ago(last),
                    ago(last),
                    ago(last),
                    ago(last),
                    "offline" if part.offline else "unknown",
                    ago(last),
                    agent,
                ),
            )
            for _, message, seconds in lines(part):
                connection.execute(
                    "UPDATE events SET timestamp = ? WHERE agent_id = ? AND message = ?",
                    (ago(seconds), agent, message),
                )
        for _, _, content, _, seconds in TALK:
            connection.execute(
                "UPDATE commands SET sent_at = ?, acknowledged_at = CASE WHEN acknowledged_at IS NULL THEN NULL ELSE ?"
                " END, responded_at = CASE WHEN responded_at IS NULL THEN NULL ELSE ? END WHERE content = ?",
                (ago(seconds), ago(seconds - 40), ago(seconds - 90), content),
            )
        for number, text in enumerate(TODOS):
            connection.execute(
                "UPDATE todo_items SET completed_at = ? WHERE text = ? AND completed",
                (ago((20 - 4 * number) * MINUTE), text),
            )
        # The activity of all is in the order of its ages, too.
        order = connection.execute("SELECT id FROM events ORDER BY timestamp").fetchall()
        for number, (event,) in enumerate(order):
            connection.execute("UPDATE events SET seq = ? WHERE id = ?", (1_000_000 + number, event))
