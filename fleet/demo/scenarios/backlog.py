"""The tasks that agents take from the pool, and how each kind of task is worked through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Literal

from fleet.demo.scenarios import REPOSITORIES, chores
from fleet.demo.script import Story, told

Priority = Literal["low", "medium", "high", "urgent"]


@dataclass(frozen=True)
class Job:
    """A task of the pool.

    `needs` are the capabilities that its taker must have, `place` is what it is
    about, `after` the titles of jobs that must be done before it.
    """

    title: str
    description: str
    priority: Priority
    labels: tuple[str, ...]
    needs: tuple[str, ...]
    place: str
    story: Story
    after: tuple[str, ...] = ()


JOBS = (
    Job(
        "Block sign-in after a leaked password",
        "Ask the breach list at sign-in. A hit asks for a new password; no answer lets people in.",
        "urgent",
        ("security",),
        ("python",),
        "accounts/sign_in.py",
        chores.FEATURE,
    ),
    Job(
        "Pin base images by digest",
        "Tags move. Every FROM line names a digest, and one job a week raises them.",
        "medium",
        ("build", "security"),
        ("build",),
        "images/base.Dockerfile",
        chores.FEATURE,
    ),
    Job(
        "Cache the container image between builds",
        "Builds fetch 1.9 GB each time. Keep layers in the registry, keyed by the lock files.",
        "high",
        ("build",),
        ("build",),
        "ci/build.yml",
        chores.FEATURE,
        ("Pin base images by digest",),
    ),
    Job(
        "Say why a refund was refused",
        "Customers see 'not possible'. Show the reason that the card network gave, in plain words.",
        "medium",
        ("frontend",),
        ("frontend",),
        "src/refunds/Refused.tsx",
        chores.SCREEN,
    ),
    Job(
        "Replace react-table in the order list",
        "It stops at React 18 and sorts on every keystroke.",
        "high",
        ("frontend",),
        ("typescript",),
        "src/orders/OrderList.tsx",
        chores.SCREEN,
    ),
    Job(
        "Explain rate limits in the API guide",
        "Which limits there are, which headers say so, and what a polite client does.",
        "low",
        ("docs",),
        ("docs",),
        "guides/rate-limits.md",
        chores.PAGE,
    ),
    Job(
        "Write down how to restore a backup",
        "Somebody who has never done it must be able to, at night, with this page alone.",
        "high",
        ("docs", "operations"),
        ("docs",),
        "runbooks/restore.md",
        chores.PAGE,
    ),
    Job(
        "Retry webhooks with a growing pause",
        "Five tries in one minute look like an attack. Double the pause, up to six hours.",
        "high",
        ("bug",),
        ("bugs",),
        "webhooks/retry.py",
        chores.BUG,
    ),
    Job(
        "Stop the export from losing the last row",
        "Exports of more than 1,000 rows end one row early. Reported by two customers.",
        "urgent",
        ("bug",),
        ("bugs",),
        "billing/export.py",
        chores.BUG,
    ),
    Job(
        "Review pull request #136",
        "Adds search to the order list. Look hardest at what the query does with user input.",
        "medium",
        ("review",),
        ("review",),
        "search/query.py",
        chores.REVIEW,
    ),
    Job(
        "Cover token expiry",
        "Tokens that end during a request, before it and a second after it.",
        "medium",
        ("tests",),
        ("tests",),
        "tests/test_expiry.py",
        chores.TESTS,
    ),
    Job(
        "Test slow networks",
        "A phone in a train: 200 kbit/s, 800 ms, 3 % loss. Nothing may be sent twice.",
        "low",
        ("tests",),
        ("tests",),
        "tests/test_slow.py",
        chores.TESTS,
    ),
    Job(
        "Rewrite the sessions table behind a flag",
        "New rows go to both tables, old ones are copied at night.",
        "high",
        ("database", "security"),
        ("sql",),
        "migrations/0043_sessions.sql",
        chores.TABLE,
        ("Block sign-in after a leaked password", "Cover token expiry"),
    ),
    Job(
        "Add the missing index on entries",
        "The month's report reads 40 million rows to show 300.",
        "medium",
        ("database",),
        ("sql",),
        "migrations/0044_entries.sql",
        chores.TABLE,
    ),
    Job(
        "Move logs to the cheaper bucket",
        "Logs older than 30 days cost as much as yesterday's.",
        "low",
        ("operations",),
        ("ops",),
        "ops/logs.tf",
        chores.BUCKET,
    ),
    Job(
        "Find out what fills the disk of build-02",
        "91 % and growing by 2 % a day.",
        "urgent",
        ("operations",),
        ("ops",),
        "build-02:/var",
        chores.DISK,
    ),
    Job(
        "Check who may read the customer bucket",
        "List every role, compare it with the list that was agreed on, and report the rest.",
        "high",
        ("security",),
        ("security",),
        "access/customers.yml",
        chores.FEATURE,
    ),
    Job(
        "Translate the checkout to Portuguese",
        "86 strings. The longest button has room for 14 characters.",
        "low",
        ("frontend",),
        ("translation",),
        "locales/pt.json",
        chores.STRINGS,
    ),
)


def jobs(need: str) -> Iterator[Job]:
    """Work without end for that capability: JOBS, then the same in one repository after the other."""
    for turn in count():
        yield from (job if turn == 0 else again(job, turn) for job in JOBS if need in job.needs)


def again(job: Job, turn: int) -> Job:
    """`job` for the `turn`-th time after the first, waiting for the same turn of others."""
    lap, at = divmod(turn - 1, len(REPOSITORIES))
    where = f" ({REPOSITORIES[at]})" if lap == 0 else f" ({REPOSITORIES[at]}, {lap + 1})"
    after = tuple(title + where for title in job.after)
    return replace(job, title=job.title + where, after=after)


def story_for(title: str) -> Story:
    """The story that works through a task of that title; people's own tasks have one too."""
    plain = title.rpartition(" (")[0] or title
    for job in JOBS:
        if job.title == plain:
            return told(job.story, {"{title}": title, "{place}": job.place})
    return told(chores.FEATURE, {"{title}": title, "{place}": "src/app.py"})
