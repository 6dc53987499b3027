"""How tasks of the pool are worked through: short stories about any `{place}`."""

from __future__ import annotations

from fleet.demo.script import (
    Ask,
    Chapter,
    Choice,
    Step,
    Story,
    Trouble,
    commit,
    edit,
    note,
    ran,
    read,
    warn,
)


def story(result: str, *chapters: tuple[str, tuple[Step, ...]], failed: bool = False) -> Story:
    """A story that carries its task's title."""
    return Story("{title}", tuple(Chapter(*chapter) for chapter in chapters), result, failed)


FEATURE = story(
    "It works as described; tests and a line in the change log are in.",
    ("Understand what is there", (read("{place}"), read("its tests"))),
    ("Write it", (edit("{place}", 48, 11), edit("settings.py", 4), ran("make lint", "clean"))),
    (
        "Prove it",
        (edit("tests/test_new.py", 37), ran("make test", "all pass", 11), commit("{title}")),
    ),
)

SCREEN = story(
    "{place} is done and looks right from 320 pixels up.",
    ("Look at it as it is", (read("{place}"), note("3 states have no design of their own"))),
    (
        "Build it",
        (
            edit("{place}", 96, 58),
            edit("src/shared/theme.css", 12, 3),
            ran("npm run typecheck", "1 error"),
            edit("{place}", 2, 2),
            ran("npm run typecheck", "clean"),
        ),
    ),
    (
        "Check it",
        (ran("npm run axe", "0 violations"), ran("npm test", "all pass"), commit("{title}")),
    ),
)

PAGE = story(
    "{place} is published; every command in it was run.",
    ("Collect what is known", (read("6 older pages"), read("14 questions from support"))),
    ("Write", (edit("{place}", 104), edit("{place}", 21, 17))),
    ("Run every command in it", (ran("make examples", "all pass", 10), commit("{title}"))),
)

BUG = story(
    "The cause in {place} is gone, and a test keeps it away.",
    ("Reproduce", (read("{place}"), edit("tests/test_bug.py", 16), ran("pytest -x", "1 failed"))),
    (
        "Fix",
        (
            Ask(
                "Repair the data that is already wrong, too?",
                "The cause in {place} is a fix of 9 lines. 312 older records are wrong because "
                "of it; a script could mend them.",
                (
                    Choice(
                        "Only the cause",
                        "Understood. The records stay; I list them in the issue.",
                        (edit("{place}", 9, 4), note("312 records listed in the issue")),
                    ),
                    Choice(
                        "Both",
                        "Understood. Fix first, then the script, with a dry run before it.",
                        (
                            edit("{place}", 9, 4),
                            edit("scripts/mend.py", 44),
                            ran("scripts/mend.py --dry-run", "312 records"),
                        ),
                    ),
                ),
                patience=300,
            ),
            ran("pytest -q", "all pass", 10),
        ),
    ),
    ("Hand over", (commit("{title}"), note("Opened a pull request"))),
)

REVIEW = story(
    "Reviewed: approved with two remarks.",
    ("Read it", (read("the diff, 6 files"), read("{place}"))),
    ("Try it", (ran("make test", "all pass", 10), warn("A query is built by joining strings"))),
    (
        "Decide",
        (
            Ask(
                "Hold the release back for this?",
                "{place} joins user input into a query. It is behind the admin's sign-in, so "
                "only staff could misuse it.",
                (
                    Choice(
                        "Hold it",
                        "Understood. I request changes; the release waits.",
                        (note("Changes requested, with the two lines that would do"),),
                    ),
                    Choice(
                        "Release, fix after",
                        "Understood. Approved; I open an urgent issue for the query.",
                        (note("Approved, issue opened"),),
                    ),
                ),
                patience=300,
            ),
        ),
    ),
)

TESTS = story(
    "{place} is in the suite and adds 3 seconds to it.",
    ("Write the cases down", (read("the code under test"), note("11 cases, 4 untested so far"))),
    (
        "Write them",
        (
            edit("{place}", 77),
            ran("pytest {place} -q", "3 passed, 1 failed"),
            Trouble(
                "warning",
                "A case fails that should not: the code waits for a second that never comes",
                (edit("service/clock.py", 3, 3), ran("pytest {place} -q", "4 passed")),
                patience=45,
            ),
        ),
    ),
    ("Run the whole suite", (ran("pytest -q", "all pass", 12), commit("{title}"))),
)

TABLE = story(
    "{place} runs in 4 s on a copy of production and can be taken back.",
    ("Read the schema", (read("db/schema, 14 files"), read("the 5 slowest queries"))),
    ("Write the migration", (edit("{place}", 38), ran("make migrate", "done in 4 s", 10))),
    ("Write the way back", (edit("{place}", 19), ran("make rollback", "done"), commit("{title}"))),
)

BUCKET = story(
    "No permission to write to the cheaper bucket (403). Somebody has to grant it first.",
    ("Read how logs are kept", (read("{place}"),)),
    ("Copy one day", (edit("{place}", 24, 6), ran("make logs-copy DAY=1", "403 Forbidden"))),
    (
        "Try with the role of the backup job",
        (
            ran("make logs-copy ROLE=backup", "403 Forbidden"),
            Trouble(
                "error",
                "No permission to write to the cheaper bucket",
                (note("Giving the task back as failed, with what I found"),),
                patience=120,
            ),
        ),
    ),
    failed=True,
)

DISK = story(
    "Layers of old images, 212 GB. They are gone, and a job removes them every night.",
    ("Measure", (ran("du -xh {place}", "212 GB in containers", 11),)),
    ("Clean up", (ran("docker image prune --filter until=240h", "198 GB freed", 12),)),
    ("Keep it clean", (edit("ops/prune.timer", 14), commit("{title}"))),
)

STRINGS = story(
    "Every string is translated and fits.",
    ("Collect the strings", (read("locales/en.json"),)),
    ("Translate", (edit("{place}", 86), note("4 strings are longer than their button"))),
    ("Shorten", (edit("{place}", 4, 4), ran("make screenshots", "nothing cut off", 10))),
    ("Hand over", (commit("{title}"),)),
)


def wish(words: str) -> Story:
    """What an agent does when a person tells it to do something."""
    chapter = Chapter(
        words,
        (note("Taking up what you asked for"), read("what it touches"), edit("notes.md", 8, 1)),
    )
    return Story(words, (chapter,), "Done as you asked.")
