"""The activity as a page asks for it; the same words in its URL, its stream's topic and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from fleet.models.event.activity import Filter
from fleet.web.http import queries

PAGE = 60


@dataclass(frozen=True, slots=True)
class ActivityList:
    """Filters; empty strings stand for "any"."""

    agent: str = ""
    type: str = ""
    q: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> ActivityList:
        """Read from a URL; anything may stand there, an old link or a stranger's."""
        return cls(
            agent=queries.page_text(query, "agent"),
            type=queries.page_text(query, "type"),
            q=queries.page_text(query, "q"),
        )

    @property
    def wanted(self) -> Filter:
        """The filter for the database."""
        return Filter(agent_id=self.agent or None, type=self.type or None, words=self.q or None)

    @property
    def narrowed(self) -> bool:
        """True when not every line is asked for."""
        return bool(self.agent or self.type or self.q)

    def query(self, **more: str) -> str:
        """As a URL's query; empty values are left away."""
        return urlencode({k: v for k, v in (asdict(self) | more).items() if v})
