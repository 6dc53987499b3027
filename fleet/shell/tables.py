"""Tables whose columns fit a terminal, and lists of facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fleet.shell import plain, screen

GAP = "  "


@dataclass(frozen=True)
class Column:
    """A column: `least` is how narrow it may become (0: it stays), `colour` says it for a cell.

    One with a `rank` is left out where there is no room for all of them; the highest goes first.
    """

    title: str
    least: int = 0
    right: bool = False
    colour: Callable[[str], str | None] | None = None
    rank: int = 0


def table(columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """The lines of a table. Cells become one line each, harmless; "-" stands for nothing."""
    cells = [[plain.line("" if cell is None else cell) or "-" for cell in row] for row in rows]
    room = screen.columns()
    while room is not None and narrowest(columns, cells) > room and any(column.rank for column in columns):
        out = max(range(len(columns)), key=lambda place: columns[place].rank)
        columns = [column for place, column in enumerate(columns) if place != out]
        cells = [[cell for place, cell in enumerate(row) if place != out] for row in cells]
    widths = fit(columns, cells, room)
    yield joined(columns, [column.title for column in columns], widths, heading=True)
    for row in cells:
        yield joined(columns, row, widths)


def widest(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> list[int]:
    """How wide each column would be with room for everything."""
    return [
        max(plain.width(column.title), *(plain.width(row[place]) for row in cells), 0)
        for place, column in enumerate(columns)
    ]


def narrowest(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> int:
    """How little room these columns can do with."""
    widths = zip(columns, widest(columns, cells), strict=True)
    least = [min(width, column.least or width) for column, width in widths]
    return sum(least) + len(GAP) * (len(least) - 1)


def fit(columns: Sequence[Column], cells: Sequence[Sequence[str]], room: int | None) -> list[int]:
    """How wide each column is: as its widest cell, or less where the terminal has no room."""
    widths = widest(columns, cells)
    if room is None:
        return widths
    # Nothing can be wider than the terminal; this only makes the loop below short.
    widths = [
        min(width, max(room, column.least)) if column.least else width
        for column, width in zip(columns, widths, strict=True)
    ]
    while sum(widths) + len(GAP) * (len(widths) - 1) > room:
        wide = [place for place, column in enumerate(columns) if 0 < column.least < widths[place]]
        if not wide:
            break
        widths[max(wide, key=lambda place: widths[place])] -= 1
    return widths


def joined(columns: Sequence[Column], row: Sequence[str], widths: Sequence[int], *, heading: bool = False) -> str:
    """One line of the table."""
    parts, last = [], len(row) - 1
    for place, (column, cell, width) in enumerate(zip(columns, row, widths, strict=True)):
        text = plain.cut(cell, width)
        if place < last or column.right:
            text = plain.pad(text, width, right=column.right)
        colour = None if heading or column.colour is None else column.colour(cell)
        parts.append(screen.paint(text, colour, bold=heading))
    return GAP.join(parts)


def facts(pairs: Sequence[tuple[str, object]]) -> Iterator[str]:
    """`name  value` for what has a value; further lines of a value stand under its first."""
    known = [(name, value) for name, value in pairs if value not in (None, "", [], ())]
    widest = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        lines = plain.block(value).split("\n")
        label = screen.paint(plain.pad(name, widest), "bright_black")
        yield f"{label}{GAP}{lines[0]}"
        for line in lines[1:]:
            yield f"{' ' * widest}{GAP}{line}"


def heading(text: str) -> list[str]:
    """An empty line and a heading."""
    return ["", screen.paint(text, None, bold=True)]
