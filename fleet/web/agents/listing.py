"""The list of agents as a page asks for it; the same words in its URL and in its stream's topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlencode

from fleet.models import agent
from fleet.models.agent import GROUPS, PARTS
from fleet.web.http import queries

VIEWS = ("cards", "table")
SORTS = ("state", "activity", "name", "host", "progress", "created")
PAGE = 50
# A figure of the overview or a part of one. Older links call it `state`: its words are among these.
GROUPED = (*GROUPS, *PARTS)


@dataclass(frozen=True, slots=True)
class AgentList:
    """Filters, order and view; empty strings stand for "any" and for the defaults.

    `group` counts as the overview's figures do, so that a figure's link leads to
    as many agents: who needs somebody is there whatever the connection.
    """

    group: str = ""
    q: str = ""
    host: str = ""
    tag: str = ""
    capability: str = ""
    repository: str = ""
    sort: str = ""
    view: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> AgentList:
        """Read from a URL; what nobody knows counts as not said, so that an old link still works."""
        return cls(
            group=queries.page_choice(query, "group", GROUPED) or queries.page_choice(query, "state", GROUPED),
            q=queries.page_text(query, "q"),
            host=queries.page_text(query, "host"),
            tag=queries.page_text(query, "tag"),
            capability=queries.page_text(query, "capability"),
            repository=queries.page_text(query, "repository"),
            sort=queries.page_choice(query, "sort", SORTS),
            view=queries.page_choice(query, "view", VIEWS),
        )

    @property
    def wanted(self) -> agent.Filter:
        """The filter for the database."""
        return replace(self.any_group, group=self.group or None)

    @property
    def any_group(self) -> agent.Filter:
        """The filter without the group, for the counts beside the groups."""
        return agent.Filter(
            kind="coding",  # hosts have pages of their own
            words=self.q or None,
            hostname=self.host or None,
            tag=self.tag or None,
            capability=self.capability or None,
            repository=self.repository or None,
        )

    @property
    def narrowed(self) -> bool:
        """True when not every agent is asked for."""
        return bool(self.group) or self.any_group != AgentList().any_group

    def query(self, **more: str) -> str:
        """As a URL's query; empty values are left away."""
        return urlencode({k: v for k, v in (asdict(self) | more).items() if v})
