"""Stories about services: a bug, tests, a test that fails now and then."""

from __future__ import annotations

from fleet.demo.script import (
    Ask,
    Chapter,
    Choice,
    Story,
    Trouble,
    commit,
    edit,
    note,
    ran,
    read,
    warn,
)

ROUNDING = Story(
    "Fix rounding in invoice totals (#142)",
    (
        Chapter(
            "Reproduce the wrong total",
            (
                read("billing/totals.py"),
                edit("tests/test_totals.py", 14),
                ran("pytest tests/test_totals.py -q", "1 failed: 19.99 is not 20.00"),
            ),
        ),
        Chapter(
            "Round once, at the end",
            (
                edit("billing/totals.py", 9, 11),
                edit("billing/money.py", 13, 3),
                ran("pytest tests -q", "504 passed in 51 s", 10),
                commit("Round invoice totals once, at the end"),
            ),
        ),
        Chapter(
            "Bring the branch up to date",
            (
                note("Rebased fix/142-rounding onto main, 4 commits"),
                Ask(
                    "Push the rebased branch over pull request #125?",
                    "git push --force-with-lease origin fix/142-rounding overwrites 2 commits "
                    "that Jonas Weber pushed yesterday; both are contained in the rebase.",
                    (
                        Choice(
                            "Push a new branch",
                            "Understood. It goes to fix/142-rounding-2; #125 stays as it is.",
                            (
                                note("Pushed fix/142-rounding-2 and opened #131"),
                                note("Left a note for Jonas Weber on #125"),
                            ),
                        ),
                        Choice(
                            "Force-push",
                            "Understood. Pushing over #125 with a lease on its present head.",
                            (
                                ran("git push --force-with-lease", "2 commits overwritten"),
                                note("#125 is up to date with main"),
                            ),
                        ),
                    ),
                    patience=600,
                ),
            ),
        ),
        Chapter(
            "Say what changes for existing invoices",
            (edit("docs/rounding.md", 22), commit("Document rounding of invoice totals")),
        ),
    ),
    "Totals are rounded once. Existing invoices do not change.",
)

REFUNDS = Story(
    "Cover refunds with property tests",
    (
        Chapter("List what must always hold", (read("payments/refunds.py"), note("5 properties"))),
        Chapter(
            "Never refund more than was paid",
            (
                edit("tests/refunds/test_properties.py", 58),
                ran("pytest tests/refunds -q", "1 failed after 214 examples", 10),
                Trouble(
                    "warning",
                    "Two refunds of 0.005 add up to more than was paid",
                    (
                        edit("payments/refunds.py", 6, 2),
                        ran("pytest tests/refunds -q", "9 passed, 2,000 examples"),
                    ),
                    patience=60,
                ),
                commit("Refuse refunds below the smallest coin"),
            ),
        ),
        Chapter(
            "Refunding twice is refunding once",
            (
                edit("tests/refunds/test_properties.py", 36),
                ran("pytest tests/refunds -q", "11 passed, 4,000 examples", 10),
            ),
        ),
        Chapter(
            "Keep the suite under a minute",
            (
                edit("tests/refunds/conftest.py", 9, 4),
                ran("pytest tests -q", "323 passed in 49 s", 10),
                commit("Profile for property tests in CI"),
            ),
        ),
    ),
    "11 property tests; they found and fixed one rounding hole.",
)

FLAKY = Story(
    "Find out why test_settle is flaky",
    (
        Chapter(
            "Run it until it fails",
            (
                ran("pytest -k test_settle --count 20", "18 passed, 2 failed", 12),
                Trouble(
                    "warning",
                    "2 of 20 reruns failed",
                    (note("Both failures began within 40 ms of midnight UTC, by the test's clock"),),
                    patience=90,
                ),
            ),
        ),
        Chapter(
            "Find the cause",
            (
                read("billing/settle.py"),
                read("billing/clock.py"),
                Ask(
                    "Freeze the clock in the test, or pass the day into settle()?",
                    "settle() reads the day twice. Freezing hides it in the test only; passing "
                    "it in changes 3 callers.",
                    (
                        Choice(
                            "Pass the day in",
                            "Understood. settle(day) it is; I change the 3 callers as well.",
                            (
                                edit("billing/settle.py", 8, 6),
                                edit("billing/jobs.py", 5, 3),
                                commit("Settle one given day"),
                            ),
                        ),
                        Choice(
                            "Freeze the clock",
                            "Understood. Only the test changes; I open an issue for the cause.",
                            (
                                edit("tests/test_settle.py", 4, 1),
                                note("Opened BILL-150: settle() reads the day twice"),
                                commit("Freeze the clock in test_settle"),
                            ),
                        ),
                    ),
                    patience=240,
                ),
            ),
        ),
        Chapter(
            "Run it a thousand times",
            (
                ran("pytest -k test_settle --count 1000", "1,000 passed in 71 s", 14),
                warn("The suite has 4 more tests that read the clock"),
            ),
        ),
    ),
    "test_settle crossed midnight between two looks at the clock. 1,000 reruns pass.",
)
