"""What was measured: figures of Fleet beside a peer's and an aim, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

FLEET = "Fleet"
HEAD = ("", "Fleet", "peer", "Fleet / peer", "aim", "")


@dataclass(frozen=True, slots=True)
class Aim:
    """What a figure should be: in words, and as a question about Fleet's median and the peer's."""

    words: str
    met: Callable[[float, float], bool]


def at_most(most: float, unit: str) -> Aim:
    """Not more than `most`."""
    return Aim(f"≤ {most:g} {unit}".rstrip(), lambda mine, _: mine <= most)


def at_least(least: float, unit: str) -> Aim:
    """Not less than `least`."""
    return Aim(f"≥ {least:g} {unit}".rstrip(), lambda mine, _: mine >= least)


def times_peer(factor: float) -> Aim:
    """At least `factor` times the peer's figure."""
    return Aim(f"≥ {factor:g} × peer", lambda mine, theirs: mine >= factor * theirs)


BELOW_PEER = Aim("< peer", lambda mine, theirs: mine < theirs)


@dataclass
class Figure:
    """One quantity: every run's value, by whose it is, and what it should be."""

    subject: str
    measure: str
    runs: dict[str, list[float]] = field(default_factory=dict)
    aims: list[Aim] = field(default_factory=list)

    def of(self, who: str) -> float | None:
        """The median of somebody's runs."""
        return median(self.runs[who]) if self.runs.get(who) else None

    @property
    def peer(self) -> str | None:
        """The name of whoever is measured beside Fleet."""
        return next((who for who in self.runs if who != FLEET), None)

    def judged(self) -> list[tuple[Aim, bool | None]]:
        """Each aim, and whether it is met; None where a figure for it is missing."""
        mine, theirs = self.of(FLEET), self.of(self.peer) if self.peer else None
        needs_peer = [aim for aim in self.aims if "peer" in aim.words]
        return [
            (aim, None)
            if mine is None or (aim in needs_peer and theirs is None)
            else (aim, aim.met(mine, theirs or 0.0))
            for aim in self.aims
        ]


@dataclass
class Part:
    """One part of the benchmark with its figures, in the order in which they were first noted."""

    name: str
    title: str
    figures: dict[tuple[str, str], Figure] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, subject: str, measure: str, value: float, who: str = FLEET) -> None:
        """Add one run's value."""
        self.figure(subject, measure).runs.setdefault(who, []).append(value)

    def figure(self, subject: str, measure: str) -> Figure:
        """The figure of this name."""
        return self.figures.setdefault((subject, measure), Figure(subject, measure))

    def aim(self, subject: str, measure: str, *aims: Aim) -> None:
        """Say what a figure should be; nothing where it was not measured."""
        if (subject, measure) in self.figures:
            self.figures[subject, measure].aims.extend(aims)

    def lines(self) -> list[str]:
        """The part as lines of text."""
        rows: list[tuple[str, ...]] = []
        for subject in dict.fromkeys(figure.subject for figure in self.figures.values()):
            rows.append((subject, *[""] * 5))
            rows += [row(figure) for figure in self.figures.values() if figure.subject == subject]
        said = [f"  missing: {what}" for what in self.missing] + [f"  {note}" for note in self.notes]
        return [f"{self.name}: {self.title}", *aligned([HEAD, *rows]), *said]

    def plain(self) -> dict[str, Any]:
        """The part as JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "figures": [
                {
                    "subject": figure.subject,
                    "measure": figure.measure,
                    "medians": {who: figure.of(who) for who in figure.runs},
                    "runs": figure.runs,
                    "aims": [{"aim": aim.words, "met": met} for aim, met in figure.judged()],
                }
                for figure in self.figures.values()
            ],
            "missing": self.missing,
            "notes": self.notes,
        }


def row(figure: Figure) -> tuple[str, ...]:
    """A figure as the cells of a line."""
    mine, peer = figure.of(FLEET), figure.peer
    theirs = figure.of(peer) if peer else None
    ratio = f"{mine / theirs:.2f}" if mine is not None and theirs else ""
    aims = figure.judged()
    marks = {True: "met", False: "not met", None: "unknown"}
    return (
        f"  {figure.measure}",
        amount(mine),
        f"{amount(theirs)} {peer}" if peer else "",
        ratio,
        ", ".join(aim.words for aim, _ in aims),
        ", ".join(marks[met] for _, met in aims),
    )


def amount(value: float | None) -> str:
    """A number with as many digits as one reads."""
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows of cells with their columns under each other; numbers to the right."""
    widths = [max(len(cells[place]) for cells in rows if len(cells) > place) for place in range(len(HEAD))]
    # A subject stands alone on its line and may be longer than the measures below it.
    widths[0] = max((len(cells[0]) for cells in rows if any(cells[1:])), default=0)
    return [
        "  ".join(
            cell.ljust(width) if place in {0, 4, 5} else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ).rstrip()
        for cells in rows
    ]


def write_json(path: Path, machine: dict[str, Any], parts: list[Part]) -> None:
    """Write everything, every run's values included."""
    found = {"machine": machine, "parts": [part.plain() for part in parts]}
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
