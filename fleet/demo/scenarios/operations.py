"""Stories about running things: a database, a log and a lost host, packages."""

from __future__ import annotations

from fleet.demo.script import (
    Ask,
    Chapter,
    Choice,
    Silence,
    Story,
    Trouble,
    commit,
    edit,
    note,
    ran,
    read,
    warn,
)

POSTGRES = Story(
    "Plan the move to PostgreSQL 17",
    (
        Chapter("Learn what is there", (read("db/schema, 14 files"), read("ops/postgres.yml"))),
        Chapter(
            "Measure",
            (
                ran("pg_dump --schema-only | wc -l", "4,112 lines"),
                note("Largest table: entries, 210 GB"),
            ),
        ),
        Chapter(
            "Choose a way",
            (
                Ask(
                    "Is a window of 20 minutes without writes acceptable?",
                    "pg_upgrade needs one. Logical replication needs none, but 210 GB of "
                    "spare disk on db-02 and about two days.",
                    (
                        Choice(
                            "No, replicate",
                            "Understood. Logical replication; I plan for two days and 210 GB.",
                            (
                                edit("plans/postgres-17.md", 140),
                                note("db-02 needs a larger disk first"),
                            ),
                        ),
                        Choice(
                            "Yes, 20 minutes",
                            "Understood. pg_upgrade, on Sunday at 04:00 unless you say otherwise.",
                            (
                                edit("plans/postgres-17.md", 64),
                                ran("make upgrade-rehearsal", "13 min 20 s", 14),
                            ),
                        ),
                    ),
                    patience=420,
                ),
            ),
        ),
        Chapter(
            "Write the way back",
            (edit("plans/postgres-17-rollback.md", 58), commit("Plan the move to PostgreSQL 17")),
        ),
    ),
    "The plan and the way back are in plans/; both were rehearsed.",
)

NIGHT_LOG = Story(
    "Sort last night's errors by cause",
    (
        Chapter("Fetch the logs", (read("14 files from 6 hosts"), note("3,410 lines of level error"))),
        Chapter(
            "Group them",
            (
                note("9 causes; the largest is a timeout to the card network"),
                read("the log of edge-03, 02:00 to 04:00"),
                Silence("The uplink of edge-03 was down; my work was kept"),
            ),
        ),
        Chapter(
            "Name an owner for each",
            (edit("triage/latest.md", 71), warn("2 causes have no owner")),
        ),
        Chapter("Open issues", (note("Opened 7 issues, 2 were known"), commit("Triage of last night"))),
    ),
    "3,410 errors have 9 causes; 7 issues are open.",
)

PACKAGES = Story(
    "Scan new packages",
    (
        Chapter("List what came in this week", (read("4 lock files"), note("23 packages are new"))),
        Chapter(
            "Compare them with advisories",
            (
                ran("osv-scanner -r .", "1 advisory, not reachable", 12),
                Trouble(
                    "error",
                    "Out of memory while unpacking the cache of the image builder",
                    (
                        note("Unpacking one layer at a time"),
                        ran("scan --layers one-by-one", "64 layers, peak 410 MB", 12),
                    ),
                    patience=120,
                ),
            ),
        ),
        Chapter(
            "Look for keys in the history",
            (
                ran("gitleaks detect", "1 finding in commit 9c1e0aa", 12),
                Ask(
                    "Revoke the key of the old bucket now?",
                    "It was committed in March, still works, and was last used 3 hours ago by "
                    "the backup job. Revoking it stops tonight's backup.",
                    (
                        Choice(
                            "Replace it first",
                            "Understood. A new key for the backup job first, then the old one goes.",
                            (
                                note("New key stored for the backup job"),
                                ran("make backup-check", "1 file written and read back"),
                                note("Old key revoked"),
                            ),
                        ),
                        Choice(
                            "Revoke now",
                            "Understood. It is revoked; I watch the backup job.",
                            (
                                note("Old key revoked"),
                                warn("The backup job has no key until somebody gives it one"),
                            ),
                        ),
                        Choice(
                            "Leave it",
                            "Understood. I leave it and write down who decided.",
                            (edit("security/accepted.md", 6), commit("Accept the risk until June")),
                        ),
                    ),
                ),
            ),
        ),
        Chapter("Report", (edit("security/weekly.md", 31, 4), commit("Weekly scan of packages"))),
    ),
    "23 new packages, 1 advisory that cannot be reached, 1 leaked key dealt with.",
)
