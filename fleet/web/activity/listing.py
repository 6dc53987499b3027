"""The activity as a page asks for it; the same words in its URL, its stream's topic and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from fleet.models.event.activity import Filter
from fleet.web.http import moments, queries
from fleet.web.http.moments import moment

PAGE = 60


@dataclass(frozen=True, slots=True)
class ActivityList:
    """Filters; empty strings stand for "any". A day counts whole, at either end."""

    agent: str = ""
    type: str = ""
    since: str = ""
    until: str = ""
    q: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> ActivityList:
        """Read from a URL; anything may stand there, an old link or a stranger's."""
        return cls(**{name: queries.page_text(query, name) for name in cls.__slots__})

    def require_good(self) -> None:
        """For programs: raise Invalid for what a page would only ignore."""
        moments.require_good(since=self.since, until=self.until)

    @property
    def wanted(self) -> Filter:
        """The filter for the database."""
        return Filter(
            agent_id=self.agent or None,
            type=self.type or None,
            words=self.q or None,
            since=moment(self.since),
            until=moment(self.until, end=True),
        )

    @property
    def narrowed(self) -> bool:
        """True when not every line is asked for."""
        return any(asdict(self).values())

    def query(self, **more: str) -> str:
        """As a URL's query; empty values are left away."""
        return urlencode({k: v for k, v in (asdict(self) | more).items() if v})
