"""Stories about what users see: an upgrade that fails first, a keyboard, a translation."""

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
)

REACT = Story(
    "Update React to 19",
    (
        Chapter("Read the upgrade notes", (read("the upgrade guide"), read("package.json"))),
        Chapter(
            "Raise the versions",
            (
                edit("package.json", 6, 6),
                ran("npm ci", "exited with 1"),
                Trouble(
                    "error",
                    "npm ci exited with 1: react-table@7 accepts React 18 at most",
                    (
                        note("Replacing react-table by @tanstack/react-table 8"),
                        edit("src/orders/OrderTable.tsx", 118, 164),
                        edit("package.json", 1, 1),
                        ran("npm ci", "1,204 packages in 31 s", 10),
                    ),
                    patience=240,
                ),
                commit("Update React to 19"),
            ),
        ),
        Chapter(
            "Run the codemods",
            (edit("src/app/root.tsx", 12, 9), edit("src/shared/forms.tsx", 75, 18)),
        ),
        Chapter("Run every test", (ran("npm test", "861 passed in 74 s", 14),)),
        Chapter(
            "Compare the pages by picture",
            (
                ran("npm run visual", "212 pages, 2 differ by a pixel"),
                commit("Accept two pictures"),
            ),
        ),
    ),
    "React 19 is in. react-table was replaced, since it stops at React 18.",
)

KEYBOARD = Story(
    "Make the basket usable by keyboard",
    (
        Chapter("Walk through it without a mouse", (read("src/basket/Basket.tsx"), note("8 gaps"))),
        Chapter(
            "Focus ring on rows",
            (edit("src/basket/BasketRow.tsx", 41, 12), edit("src/basket/basket.css", 18, 4)),
        ),
        Chapter(
            "Plus and minus by arrow keys",
            (
                edit("src/basket/Quantity.tsx", 57, 30),
                ran("npm test basket", "44 passed in 6 s"),
                commit("Change quantities by arrow keys"),
            ),
        ),
        Chapter(
            "Say changes aloud",
            (edit("src/basket/Announcer.tsx", 38), ran("npm run axe", "0 violations", 9)),
        ),
        Chapter(
            "Undo a removal",
            (
                edit("src/basket/Undo.tsx", 34, 15),
                ran("npm test basket", "51 passed in 7 s"),
                commit("Undo the removal of a row"),
            ),
        ),
    ),
    "The basket can be used by keyboard and screen reader alone.",
)

GERMAN = Story(
    "41 strings to German",
    (
        Chapter("Collect the new strings", (read("locales/en.json"), note("41 strings are new"))),
        Chapter(
            "Settle the tone",
            (
                read("the German style guide, 2 pages"),
                Ask(
                    "Address customers as du or as Sie?",
                    "The app says Sie in 212 places and du in 9, all of them newer than May.",
                    (
                        Choice(
                            "Sie",
                            "Understood. Sie everywhere; I change the 9 newer places too.",
                            (edit("locales/de.json", 50, 9), note("9 older strings now say Sie")),
                        ),
                        Choice(
                            "Du",
                            "Understood. The 41 new ones say du; the 212 become a task of their own.",
                            (edit("locales/de.json", 41), note("Opened APP-88: 212 strings to du")),
                        ),
                    ),
                    patience=300,
                ),
            ),
        ),
        Chapter(
            "Look at the longest ones on a small phone",
            (
                ran("make screenshots LOCALE=de", "2 labels cut off", 11),
                edit("locales/de.json", 2, 2),
                commit("Translate 41 strings to German"),
            ),
        ),
    ),
    "41 strings are translated and fit on a phone of 320 pixels.",
)
