"""The list of hosts as a page asks for it; the same words in its URL and in its stream's topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from fleet.models import host
from fleet.models.host.expression import LONGEST, STATES, All, Term
from fleet.web.http import queries

PAGE = 100
SORTS = tuple(host.SORTS)


@dataclass(frozen=True, slots=True)
class HostList:
    """The expression as it was typed, the state, the order; empty strings stand for "any" and for the default."""

    q: str = ""
    state: str = ""
    sort: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> HostList:
        """Read from a URL; what nobody knows counts as not said, so that an old link still works."""
        return cls(
            # One character more than may be, so that too many are told of.
            q=query.get("q", "").replace("\x00", "")[: LONGEST + 1].strip(),
            state=queries.page_choice(query, "state", STATES),
            sort=queries.page_choice(query, "sort", SORTS),
        )

    @property
    def any_state(self) -> host.Expression | None:
        """What the words ask for, for the counts beside the states. Raises host.Unreadable."""
        return host.parse(self.q)

    @property
    def wanted(self) -> host.Expression | None:
        """What words and state ask for together. Raises host.Unreadable."""
        asked, state = self.any_state, Term("state", self.state) if self.state else None
        if asked is None or state is None:
            return asked or state
        return All((asked, state))

    @property
    def narrowed(self) -> bool:
        """True when not every host is asked for."""
        return bool(self.q or self.state)

    def query(self, **more: str) -> str:
        """As a URL's query; empty values are left away."""
        return urlencode({k: v for k, v in (asdict(self) | more).items() if v})
