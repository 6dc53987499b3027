"""Stories about reading and writing: a review, a guide, release notes."""

from __future__ import annotations

from fleet.demo.script import Ask, Chapter, Choice, Story, commit, edit, note, ran, read, warn

PULL_REQUEST = Story(
    "Review pull request #123",
    (
        Chapter(
            "Read the diff and the linked issue",
            (read("the diff of #123, 9 files"), read("issue PAY-123"), read("payments/tokens.py")),
        ),
        Chapter(
            "Run the tests on the branch",
            (ran("pytest tests -q", "312 passed in 38 s", 10),),
        ),
        Chapter(
            "Check error paths in the refund flow",
            (
                read("payments/refunds.py"),
                warn("An expired token during a refund is not covered by any test"),
            ),
        ),
        Chapter(
            "Add missing tests for expired tokens",
            (
                edit("tests/test_tokens.py", 94),
                ran("pytest tests/test_tokens.py -q", "6 passed in 2 s"),
                commit("Cover tokens that expire during a refund"),
            ),
        ),
        Chapter(
            "Review the sessions migration",
            (
                read("migrations/0042_sessions.sql"),
                Ask(
                    "Migrate the sessions table now, or behind a flag?",
                    "The migration rewrites 2.1 million rows and locks the table for about 40 "
                    "seconds. Todo 5 of 6 waits for you.",
                    (
                        Choice(
                            "Behind a flag",
                            "Understood. The code ships behind sessions_v2, the rows move at 02:00.",
                            (
                                edit("payments/flags.py", 12, 1),
                                edit("migrations/0042_sessions.sql", 14, 7),
                                ran("pytest tests/migrations -q", "18 passed in 9 s"),
                                commit("Move sessions behind the flag sessions_v2"),
                            ),
                        ),
                        Choice(
                            "Now",
                            "Understood. I keep the migration as it is and note the 40 seconds.",
                            (
                                ran("make migrate-rehearsal", "2.1 million rows in 38 s", 12),
                                note("The rehearsal locked the table for 38 s"),
                                commit("Announce the lock in the deployment notes"),
                            ),
                        ),
                        Choice(
                            "In batches",
                            "Understood. 10,000 rows at a time; no lock is longer than 200 ms.",
                            (
                                edit("migrations/0042_sessions.sql", 41, 9),
                                ran("make migrate-rehearsal", "211 batches, longest lock 160 ms", 12),
                                commit("Copy sessions in batches of 10,000 rows"),
                            ),
                        ),
                    ),
                ),
            ),
        ),
        Chapter(
            "Write the summary and request changes",
            (read("the review checklist"), note("Review of #123 posted: two changes requested")),
        ),
    ),
    "Reviewed #123: tests for expired tokens added, two changes requested.",
)

WEBHOOK_GUIDE = Story(
    "Write the guide to webhooks",
    (
        Chapter("Read the code that sends them", (read("webhooks/send.py"), read("webhooks/sign.py"))),
        Chapter(
            "Explain signatures",
            (edit("guides/webhooks/signatures.md", 118), ran("make examples", "7 examples pass")),
        ),
        Chapter(
            "Explain retries",
            (
                read("webhooks/retry.py"),
                edit("guides/webhooks/retries.md", 96, 31),
                commit("Explain how webhooks are retried"),
            ),
        ),
        Chapter(
            "Replace the old page",
            (
                edit("guides/webhooks/index.md", 64, 16),
                warn("3 links on other pages lead to the old address"),
                edit("guides/billing.md", 3, 3),
            ),
        ),
        Chapter(
            "Build the site and look at every link",
            (
                ran("make linkcheck", "412 links, none broken", 12),
                commit("Publish the webhook guide"),
            ),
        ),
    ),
    "The guide to webhooks replaces the old page; every example in it is run by the build.",
)

NOTES = Story(
    "Notes for 2.14.0",
    (
        Chapter("Collect merged pull requests", (read("38 pull requests since 2.13.4"),)),
        Chapter(
            "Sort them by what a user notices",
            (note("11 can be noticed, 27 are internal"), edit("CHANGELOG.md", 46, 2)),
        ),
        Chapter(
            "Open the pull request",
            (commit("Notes for 2.14.0"), note("Opened pull request #127")),
        ),
    ),
    "Notes for 2.14.0 are in pull request #127.",
)
