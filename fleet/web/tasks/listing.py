"""The list of tasks as a page asks for it; the same words in its URL and in its stream's topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlencode

from fleet.models import task
from fleet.models.task.cards import WORDS
from fleet.models.task.record import PRIORITIES, STATUSES
from fleet.web.http import queries
from fleet.web.http.comma_lists import words_of

__all__ = ["PAGE", "VIEWS", "WORDS", "TaskList", "split"]

VIEWS = ("board", "list")
PAGE = 50


@dataclass(frozen=True, slots=True)
class TaskList:
    """Filters and view; empty strings stand for "any" and for the defaults."""

    q: str = ""
    labels: str = ""
    assignee: str = ""
    least: str = ""
    capability: str = ""
    status: str = ""
    view: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> TaskList:
        """Read from a URL; what nobody knows counts as not said, so that an old link still works."""
        return cls(
            q=queries.page_text(query, "q"),
            labels=queries.page_text(query, "labels"),
            assignee=queries.page_text(query, "assignee"),
            least=queries.page_choice(query, "least", PRIORITIES[1:]),
            capability=queries.page_text(query, "capability"),
            status=queries.page_choice(query, "status", STATUSES),
            view=queries.page_choice(query, "view", VIEWS),
        )

    @property
    def wanted(self) -> task.Filter:
        """The filter for the database."""
        return task.Filter(
            status=self.status or None,
            least=self.least or None,
            assigned_agent_id=self.assignee or None,
            labels=split(self.labels),
            words=self.q or None,
            capability=self.capability or None,
        )

    @property
    def any_status(self) -> task.Filter:
        """The filter without the status: for the board, which shows all, and for the counts."""
        return replace(self.wanted, status=None)

    @property
    def narrowed(self) -> bool:
        """True when not every task is asked for; the board has no status to ask for."""
        return self.any_status != task.Filter() or bool(self.status and self.view != "board")

    def query(self, **more: str) -> str:
        """As a URL's query; empty values are left away."""
        return urlencode({k: v for k, v in (asdict(self) | more).items() if v})


def split(labels: str) -> tuple[str, ...]:
    """Labels as a query names them, in one line."""
    return tuple(words_of(labels))
