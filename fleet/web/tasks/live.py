"""What is live on the board and the list of tasks, and on one task's page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from fleet.errors import NotFound
from fleet.models import task
from fleet.models.task import cards, listed
from fleet.models.task.cards import Card
from fleet.web.live.topics import FILL, MORPH, Changed, partial, piece
from fleet.web.security.policy import May
from fleet.web.tasks import pages
from fleet.web.tasks.listing import PAGE, WORDS, TaskList

# Swap styles of static/js/pages/task_board.js: to its place in a sorted list, and out of one.
PLACE, LEAVE = "place", "leave"


@dataclass(frozen=True, slots=True)
class TasksTopic:
    """Board or list under a filter: who enters it, moves in it, changes, leaves it."""

    asked: TaskList

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        """The changed tasks, those whose agent changed, and the figures beside the columns."""
        ids = list(changed.tasks)
        if changed.agents:
            tasks_of_changed = cards.held_by(connection, list(changed.agents))
            ids += [row.id for row in tasks_of_changed if row.id not in changed.tasks]
        if not ids:
            return
        board = self.asked.view != "list"
        filters = self.asked.any_status if board else self.asked.wanted
        inside = task.matching(connection, filters, ids)
        for card in cards.cards(connection, list(listed.every(connection, list(inside)))):
            yield self.placed(card, may, board=board)
        for task_id in ids:
            if task_id not in inside:
                yield piece(f"#task-{'card' if board else 'row'}-{task_id}", LEAVE)
        if changed.tasks:
            yield from self.figures(connection, may)

    def placed(self, card: Card, may: May, *, board: bool) -> str:
        """A card in its column, or a row in its list."""
        if board:
            html = partial("tasks/_card.html", card=card, may=may, words=WORDS, said={})
            return piece(f"#tasks-{card.task.status}", PLACE, html)
        html = partial("tasks/_row.html", card=card, may=may, words=WORDS, filters=self.asked)
        return piece("#task-rows", PLACE, html)

    def figures(self, connection: Connection, may: May) -> Iterator[str]:
        """How many there are: beside each column, in the chips, and in all."""
        counts = task.counts_by_status(connection, self.asked.any_status)
        more = {"filters": self.asked, "counts": counts, "words": WORDS, "may": may}
        yield piece("#task-facets", MORPH, partial("tasks/_facets.html", **more))
        if self.asked.view == "list":
            return
        for status, total in counts.items():
            foot = partial("tasks/_column_foot.html", **more, status=status, total=total, limit=PAGE)
            yield piece(f"#tasks-head-{status}", MORPH, partial("tasks/_column_head.html", **more, status=status))
            yield piece(f"#tasks-foot-{status}", MORPH, foot)


@dataclass(frozen=True, slots=True)
class TaskTopic:
    """One task's page."""

    task_id: str

    def pieces(self, connection: Connection, changed: Changed, may: May) -> Iterator[str]:
        """All of it, when the task, its last agent, or what it waits for has changed."""
        try:
            details = pages.detailed(connection, self.task_id)
        except NotFound:
            if self.task_id in changed.tasks:
                yield piece("#task-notice", FILL, partial("tasks/_gone.html"))
            return
        near = {self.task_id, *details["card"].task.depends_on, *(row.id for row in details["dependents"])}
        people = {details["card"].task.assigned_agent_id, *details["claimants"]}
        if near.isdisjoint(changed.tasks) and people.isdisjoint(changed.agents):
            return
        for name in ("header", "actions", "outcome", "facts", "waits", "claims"):
            html = partial(f"tasks/_{name}.html", **details, may=may, words=WORDS)
            yield piece(f"#task-{name}", MORPH, html)
